/**
 * Sequences of requests, by Triton's extension: together the same bits as one request, with an id that is a number or a
 * string, in one process or several.
 */
import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type ModelDescription, stackOf } from '../../../src/model/description.ts';
import { limits } from '../../../src/platform/limits.ts';
import { type Answer, startApp, type TestApp, useApp } from '../../support/app.ts';
import { saveCheckpoint, smallModel, stepFolder } from '../../support/checkpoints.ts';
import { useRedis } from '../../support/redis.ts';
import { infer, outputsOf, tensor, trainedJob } from './requests.ts';

const redis = useRedis();
const api = useApp(redis);
const values = [0, 1, 1, 0.5, -2, 0, 0, 1, 3, 0.25];

interface Position {
  sequence_id?: number | string;
  sequence_start?: boolean;
  sequence_end?: boolean;
}

function step(model: string, steps: number[], parameters: Position, app: TestApp = api.current): Promise<Answer> {
  return infer(app, model, { parameters, inputs: [tensor('inputs', 'FP32', [1, steps.length], steps)] });
}

async function whole(job: string, steps: readonly number[] = values): Promise<number[][]> {
  const { body } = await api.current.request('POST', '/predict', { job, sequences: [steps] });
  return body.predictions[0].probabilities;
}

function numbersOf(answer: Answer): number[] {
  expect(answer.status, answer.text).toBe(200);
  return outputsOf(answer).probabilities.data;
}

const models: [string, ModelDescription][] = [
  ['small', smallModel],
  ['that a thread computes', stackOf({ features: 1, classes: 4, units: [300] })],
];

test.each(models)('requests of some steps equal one of all, to the last bit, of a model %s', async (_, model) => {
  const job = await trainedJob(api.current, model);
  const expected = await whole(job);
  for (const id of [42, '42', 'e333c95a-07fc-42d2-ab16-033b1a566ed5']) {
    const parts = [values.slice(0, 1), values.slice(1, 4), values.slice(4)];
    const numbers: number[] = [];
    for (const [n, part] of parts.entries()) {
      const position = { sequence_id: id, sequence_start: n === 0, sequence_end: n === 2 };
      numbers.push(...numbersOf(await step(job, part, position)));
    }
    expect(numbers).toEqual(expected.flat());
  }
});

test('a body that a thread reads goes on with its sequence, too', async () => {
  const job = await trainedJob(api.current);
  const long = Array.from({ length: 12_000 }, (_, n) => n % 3);
  const [before, after] = [long.slice(0, 2), long.slice(2)];
  const first = await step(job, before, { sequence_id: 7, sequence_start: true });
  const second = await step(job, after, { sequence_id: 7, sequence_end: true });
  expect([...numbersOf(first), ...numbersOf(second)]).toEqual((await whole(job, long)).flat());
});

test('sequences of two ids, of a number and the same string, and of two models have nothing in common', async () => {
  const [job, other] = [await trainedJob(api.current), await trainedJob(api.current)];
  const expected = (await whole(job, [1, 2])).flat();
  const all: [string, number | string][] = [
    [job, 1],
    [job, '1'],
    [job, 2],
    [other, 1],
  ];
  for (const [model, id] of all) {
    await step(model, [1], { sequence_id: id, sequence_start: true });
  }
  for (const [model, id] of all) {
    expect(numbersOf(await step(model, [2], { sequence_id: id }))).toEqual(expected.slice(4));
  }
});

test('without START, and after the end, it says what is missing', async () => {
  const job = await trainedJob(api.current);
  const missing = async (position: Position) => {
    const { status, body } = await step(job, [1], position);
    expect(status).toBe(400);
    expect(body.error).toContain('sequence_start must be true on the first request of a sequence, the START of it');
    expect(body.error).toContain(JSON.stringify(position.sequence_id));
  };
  await missing({ sequence_id: 43 });
  await missing({ sequence_id: 'unknown', sequence_end: true });
  await step(job, [1], { sequence_id: 43, sequence_start: true });
  await step(job, [1], { sequence_id: 43, sequence_end: true });
  await missing({ sequence_id: 43 });
  await step(job, [1], { sequence_id: 43, sequence_start: true, sequence_end: true });
  await missing({ sequence_id: 43 });
});

test('a START begins anew', async () => {
  const job = await trainedJob(api.current);
  const expected = (await whole(job, [1])).flat();
  for (let time = 0; time < 2; time++) {
    expect(numbersOf(await step(job, [1], { sequence_id: 'again', sequence_start: true }))).toEqual(expected);
  }
});

test('0 and "" are no sequence, and cannot be started or ended', async () => {
  const job = await trainedJob(api.current);
  for (const id of [0, '']) {
    expect((await step(job, [1], { sequence_id: id })).status).toBe(200);
    for (const flag of ['sequence_start', 'sequence_end']) {
      const { status, body } = await step(job, [1], { sequence_id: id, [flag]: true });
      expect(status).toBe(400);
      expect(body.error).toContain(`parameters.${flag} needs parameters.sequence_id`);
    }
  }
});

test('an id that JSON cannot hold exactly, or that is none, is refused', async () => {
  const job = await trainedJob(api.current);
  for (const id of [2 ** 60, -1, 1.5, 'x'.repeat(limits.name + 1)]) {
    const { status, body } = await step(job, [1], { sequence_id: id, sequence_start: true });
    expect(status).toBe(400);
    expect(body.error).toContain('sequence_id');
  }
});

test('a refused request does not count, nor does it end a sequence that has its id', async () => {
  const job = await trainedJob(api.current);
  const expected = (await whole(job, [1, 2])).flat();
  await step(job, [1], { sequence_id: 5, sequence_start: true });
  const wrong = { inputs: [tensor('inputs', 'FP32', [1, 1], [null])] };
  for (const isStart of [true, false]) {
    const parameters = { sequence_id: 5, sequence_start: isStart };
    expect((await infer(api.current, job, { ...wrong, parameters })).status).toBe(400);
  }
  const two = { inputs: [tensor('inputs', 'FP32', [2, 1], [0, 1])], parameters: { sequence_id: 5 } };
  expect((await infer(api.current, job, two)).body.error).toContain('has 2 sequences');
  expect(numbersOf(await step(job, [2], { sequence_id: 5 }))).toEqual(expected.slice(4));
});

test('a sequence keeps the checkpoint that its first request found, and another version is refused', async () => {
  const { request, checkpoints } = api.current;
  const job = await trainedJob(api.current);
  const expected = (await whole(job, [1, 2])).flat();
  await request('PUT', '/v1/aliases/streamed', { job });
  await step('streamed', [1], { sequence_id: 1, sequence_start: true });
  await saveCheckpoint(checkpoints, job, 9, 1);
  await request('PUT', '/v1/aliases/streamed', { job, checkpoint: 9 });
  const next = await step('streamed', [2], { sequence_id: 1 });
  expect(next.body).toMatchObject({ model_name: 'streamed', model_version: '7' });
  expect(next.headers.get('checkpoint-step')).toBe('7');
  expect(next.headers.get('checkpoint-sha256')).toBe(next.body.parameters.sha256);
  expect(numbersOf(next)).toEqual(expected.slice(4));
  const other = await step('streamed/versions/9', [2], { sequence_id: 1 });
  expect(other.status).toBe(400);
  expect(other.body.error).toContain('started with 7');
});

test('a sequence outlasts the process that began it, and of requests that meet each counts once', async () => {
  const first = await startApp(redis.current, { prefix: 'sequences' });
  const job = await trainedJob(first);
  await step(job, [1], { sequence_id: 1, sequence_start: true }, first);
  const second = await startApp(redis.current, { prefix: 'sequences', folder: first.folder });
  const both = await Promise.all(
    Array.from({ length: 20 }, (_, n) => step(job, [1], { sequence_id: 1 }, n % 2 ? first : second)),
  );
  for (const { status, body } of both) {
    expect([200, 409]).toContain(status);
    if (status === 409) expect(Object.keys(body)).toEqual(['error']);
  }
  const counted = both.filter(({ status }) => status === 200);
  const { body } = await second.request('POST', '/predict', { job, sequences: [Array(2 + counted.length).fill(1)] });
  const last = await step(job, [1], { sequence_id: 1 }, second);
  expect(numbersOf(last)).toEqual(body.predictions[0].probabilities.at(-1));
});

test('a sequence whose checkpoint is gone says so', async () => {
  const first = await startApp(redis.current, { prefix: 'gone-sequences' });
  const job = await trainedJob(first);
  await step(job, [1], { sequence_id: 1, sequence_start: true }, first);
  await rm(stepFolder(first.folder, job, 7), { recursive: true });
  const second = await startApp(redis.current, { prefix: 'gone-sequences', folder: first.folder });
  const { status, body } = await step(job, [1], { sequence_id: 1 }, second);
  expect(status).toBe(409);
  expect(body.error).toContain('cannot go on');
});

test('sequences count as sessions, of which there are no more than may be', async () => {
  const app = await startApp(redis.current);
  const job = await trainedJob(app);
  const members = Array.from({ length: limits.sessions - 1 }, (_, n) => [Date.now() + 60_000, `s${n}`]).flat();
  await app.redis.zadd(app.keys.sessions, ...members);
  numbersOf(await step(job, [1], { sequence_id: 1, sequence_start: true }, app));
  numbersOf(await step(job, [1], { sequence_id: 1, sequence_start: true }, app));
  const { status, body } = await step(job, [1], { sequence_id: 2, sequence_start: true }, app);
  expect(status).toBe(503);
  expect(body.error).toContain(String(limits.sessions));
});
