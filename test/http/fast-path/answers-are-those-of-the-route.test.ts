/** What the fast path answers is what the route answers, to the letter; and the log, the metrics and the ids know of it. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { InputEncoder } from '../../../src/data/encoding/encoder.ts';
import { type ModelDescription, stackOf } from '../../../src/model/description.ts';
import { Random } from '../../../src/model/random.ts';
import { stateLength } from '../../../src/model/state.ts';
import { type Json, startApp, type TestApp } from '../../support/app.ts';
import { checkpointOf, smallModel } from '../../support/checkpoints.ts';
import { useRedis } from '../../support/redis.ts';

const redis = useRedis();
/** A header that the fast path leaves to the route. */
const byRoute = { 'x-other': '1' };
const random = Random.seeded(1, 'data');

interface Kind {
  shape: ModelDescription;
  carriesState?: boolean;
  symbols?: string[];
  labels?: string[];
}

const kinds: Record<string, Kind> = {
  numbers: { shape: smallModel, labels: ['ä', '"b"', 'c', '\u2028'] },
  carried: { shape: smallModel, carriesState: true },
  symbols: { shape: stackOf({ features: 3, classes: 2, units: [4] }), symbols: ['a', 'b', 'ü'] },
  several: { shape: stackOf({ features: 3, classes: 11, units: [9] }) },
};

/** Stores a model of a kind under an alias of its name, and asks for it once. */
async function put(app: TestApp, name: string, { shape, carriesState = false, symbols, labels }: Kind): Promise<void> {
  const job = (await app.request('POST', '/v1/jobs', {})).body.id;
  const checkpoint = checkpointOf(1, 1, shape);
  const inputs = symbols
    ? { kind: 'strings' as const, features: 3, vocabulary: symbols, places: [0, 1, 2], unknown: 'refuse' as const }
    : InputEncoder.plain(shape.input.features).state;
  const carried = Float32Array.from({ length: carriesState ? stateLength(shape, 1) : 0 }, () => random.uniform() - 0.5);
  await app.checkpoints.save(job, {
    ...checkpoint,
    carriesState,
    trainer: { ...checkpoint.trainer, carried },
    encoding: { inputs, labels: labels ?? null },
  });
  expect((await app.request('PUT', `/v1/aliases/${name}`, { job })).status).toBe(201);
  await app.request('POST', '/predict', { model: name, sequences: [stepsFor(kinds[name], 1)] }, byRoute);
}

function stepsFor({ shape, symbols }: Kind, length: number): unknown[] {
  const { features } = shape.input;
  const step = () => {
    if (symbols) return symbols[random.integer(symbols.length)];
    const values = Array.from({ length: features }, () => random.uniform() * 4 - 2);
    return features === 1 ? values[0] : values;
  };
  return Array.from({ length }, step);
}

/** Asks on connections of its own: one that has carried anything else is left to the route. */
function predictFast(app: TestApp, body: Json): Promise<{ status: number; text: string; headers: Headers }> {
  const json = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
  return new Promise((resolve, reject) => {
    const sent = request(`${app.url}/predict`, { method: 'POST', headers, agent }, async (response) => {
      const answered = new Headers(response.headers as Record<string, string>);
      resolve({ status: response.statusCode!, text: await text(response), headers: answered });
    });
    sent.once('error', reject).end(json);
  });
}

const agent = new Agent({ keepAlive: true });
afterEach(() => agent.destroy());

function countRouted(app: TestApp): () => number {
  let count = 0;
  app.app.server.on('request', () => count++);
  return () => count;
}

const visible = (answer: { status: number; text: string; headers: Headers }) => ({
  status: answer.status,
  text: answer.text,
  headers: [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
});

test.each(Object.keys(kinds))('answers for a model of %s', async (name) => {
  const app = await startApp(redis.current);
  await put(app, name, kinds[name]);
  const wishes = [
    {},
    { topK: 2 },
    { probabilities: false },
    { at: 'end' },
    { at: 'end', topK: 1 },
    { initialState: 'zero' },
  ];
  const routed = countRouted(app);
  for (const wish of wishes) {
    for (const lengths of [[1], [50], [64, 65, 3], [7, 7, 7, 7, 1, 1, 64, 30, 12]]) {
      const asked = { model: name, sequences: lengths.map((length) => stepsFor(kinds[name], length)), ...wish };
      const before = routed();
      const fast = await predictFast(app, asked);
      expect(routed()).toBe(before);
      const route = await app.request('POST', '/predict', asked, byRoute);
      expect(routed()).toBe(before + 1);
      expect(fast.status, fast.text).toBe(200);
      expect(visible(fast)).toEqual(visible(route));
    }
  }
});

test('a job is answered as an alias is: its latest checkpoint, its best, or a step', async () => {
  const app = await startApp(redis.current);
  await put(app, 'numbers', kinds.numbers);
  const { job } = (await app.request('GET', '/v1/aliases/numbers')).body;
  const routed = countRouted(app);
  for (const reference of [{}, { checkpoint: 'latest' }, { checkpoint: 'best' }, { checkpoint: 1 }]) {
    const asked = { job, ...reference, sequences: [stepsFor(kinds.numbers, 7)] };
    const before = routed();
    const fast = await Promise.all([1, 2, 3].map(() => predictFast(app, asked)));
    expect(routed()).toBe(before);
    const route = await app.request('POST', '/predict', asked, byRoute);
    for (const one of fast) expect(visible(one)).toEqual(visible(route));
  }
});

test('of a job that goes on, whoever asks after a checkpoint was saved gets that one', async () => {
  const app = await startApp(redis.current);
  await put(app, 'numbers', kinds.numbers);
  const { job } = (await app.request('GET', '/v1/aliases/numbers')).body;
  const asked = { job, sequences: [[1, 2, 3]] };
  const routed = countRouted(app);
  for (let step = 2; step < 20; step++) {
    const meanwhile = predictFast(app, asked);
    await app.checkpoints.save(job, checkpointOf(step, 1 / step));
    const answers = await Promise.all([1, 2, 3].map(() => predictFast(app, asked)));
    expect(answers.map((answer) => JSON.parse(answer.text).checkpoint.step)).toEqual([step, step, step]);
    expect([step - 1, step]).toContain(JSON.parse((await meanwhile).text).checkpoint.step);
  }
  expect(routed()).toBe(0);
});

test('a model that is not loaded yet is loaded, and the connection stays where it is', async () => {
  const app = await startApp(redis.current);
  const job = (await app.request('POST', '/v1/jobs', {})).body.id;
  await app.checkpoints.save(job, checkpointOf(1, 1));
  await app.request('PUT', '/v1/aliases/cold', { job });
  const routed = countRouted(app);
  for (const reference of [{ model: 'cold' }, { job }]) {
    expect((await predictFast(app, { ...reference, sequences: [[1]] })).status).toBe(200);
  }
  expect(routed()).toBe(0);
});

test('what is computed together is what it is alone, to the bit', async () => {
  const app = await startApp(redis.current);
  const names = Object.keys(kinds);
  for (const name of names) await put(app, name, kinds[name]);
  const requests = Array.from({ length: 200 }, () => {
    const model = names[random.integer(names.length)];
    const lengths = Array.from({ length: 1 + random.integer(3) }, () => 1 + random.integer(80));
    return { model, sequences: lengths.map((length) => stepsFor(kinds[model], length)) };
  });
  const alone = [];
  for (const asked of requests) alone.push((await app.request('POST', '/predict', asked, byRoute)).text);
  const together = await Promise.all(requests.map((asked) => predictFast(app, asked)));
  expect(together.map((answer) => answer.text)).toEqual(alone);
});

test.each<[string, Json]>([
  ['no such alias', { model: 'nobody', sequences: [[1]] }],
  ['no such job', { job: 'job_nobody', sequences: [[1]] }],
  ['a job beside an alias', { job: 'job_nobody', model: 'numbers', sequences: [[1]] }],
  ['a step of another kind', { model: 'numbers', sequences: [[1], [1, 'a']] }],
  ['an empty sequence', { model: 'numbers', sequences: [[]] }],
  ['an unknown field', { model: 'numbers', sequences: [[1]], sequence: 1 }],
  ['numbers that make the model overflow', { model: 'numbers', sequences: [[3e38, -3e38, 3e38], [1]] }],
  ['a class that is none', { model: 'numbers', sequences: [[1]], topK: 0 }],
  ['no object', [1]],
  ['null', null],
])('a refusal is that of the route: %s', async (_, body) => {
  const app = await startApp(redis.current);
  await put(app, 'numbers', kinds.numbers);
  const [fast, route] = [await predictFast(app, body), await app.request('POST', '/predict', body, byRoute)];
  expect(visible(fast)).toEqual(visible(route));
});

test('its requests have ids of their own, are counted, and logged at the level debug', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void lines.push(line) });
  const app = await startApp(redis.current, { logger });
  await put(app, 'numbers', kinds.numbers);
  const routed = countRouted(app);
  const body = { model: 'numbers', sequences: [[1, 2, 3]] };
  const fast = await Promise.all([1, 2, 3].map(() => predictFast(app, body)));
  expect(routed()).toBe(0);
  const route = await app.request('POST', '/predict', body, byRoute);
  const ids = [...fast, route].map(({ headers }) => headers.get('x-request-id'));
  expect(new Set(ids).size).toBe(4);
  const metrics = (await app.request('GET', '/metrics')).text;
  const labels = 'method="POST",route="/predict",status="200"';
  // With the first one of `put`.
  expect(metrics).toContain(`lookback_http_request_duration_seconds_count{${labels}} 5`);
  const logged = lines.map((line) => JSON.parse(line)).filter(({ reqId }) => ids.includes(reqId));
  expect(logged).toHaveLength(4);
  for (const { reqId: _id, time: _time, req, ms: _ms, msg, ...rest } of logged) {
    expect(rest).toEqual({ level: 20, statusCode: 200 });
    expect(req).toEqual({
      method: 'POST',
      url: '/predict',
      host: new URL(app.url).host,
      remoteAddress: '127.0.0.1',
      remotePort: expect.any(Number),
    });
    expect(msg).toMatch(/^POST \/predict 200, [\d.]+ ms$/);
  }
});

test('an alias that moves is answered from where it is', async () => {
  const app = await startApp(redis.current);
  await put(app, 'numbers', kinds.numbers);
  const { job } = (await app.request('GET', '/v1/aliases/numbers')).body;
  const body = { model: 'numbers', sequences: [[1, 2, 3]] };
  expect(JSON.parse((await predictFast(app, body)).text).checkpoint.step).toBe(1);
  await app.checkpoints.save(job, checkpointOf(2, 0.5));
  await app.request('PUT', '/v1/aliases/numbers', { job, checkpoint: 2 });
  expect(JSON.parse((await predictFast(app, body)).text).checkpoint.step).toBe(2);
  await app.request('DELETE', '/v1/aliases/numbers');
  expect((await predictFast(app, body)).status).toBe(404);
});
