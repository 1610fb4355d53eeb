/**
 * The largest permitted predictions, many at once: the event loop of the API goes on, what is too much is refused, and
 * what nobody waits for any more is dropped.
 */
import { expect, test } from 'vitest';
import { forwardFlops } from '../../src/model/cost.ts';
import { type ModelDescription, stackOf } from '../../src/model/description.ts';
import { limits } from '../../src/platform/limits.ts';
import { useApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import type { Holds } from '../support/loop-watch.ts';
import { useRedis } from '../support/redis.ts';
import { longestHoldMs, sendAll } from '../support/send-all.ts';

const api = useApp(useRedis());

/** What 99 of 100 requests of others, as of `/health/live`, may wait for behind predictions that are permitted. */
const longestWaitMs = 20;

/** The loop may be held by what is no request, such as the collection of garbage; a request that holds it does so each time. */
const attempts = 3;

const manyClasses = stackOf({ features: 1, classes: 1000, units: [1] });
const large = stackOf({ features: 1, classes: 4, units: [512] });
const manyFeatures = stackOf({ features: 8, classes: 2, units: [2] });

async function trained(shape: ModelDescription): Promise<string> {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(api.current.checkpoints, id, 1, 1, shape);
  return id;
}

/** As many steps as a model of this shape may compute in one request, in many sequences. */
function mostComputing(job: string, shape: ModelDescription): string {
  const length = Math.floor(limits.predictFlops / forwardFlops(shape, 1) / limits.predictSequences);
  return JSON.stringify({ job, sequences: Array(limits.predictSequences).fill(Array(length).fill(1)) });
}

async function largestRequests(): Promise<[path: string, body: string, status: number][]> {
  const [answer, computing, body] = [await trained(manyClasses), await trained(large), await trained(manyFeatures)];
  const step = `[${Array(manyFeatures.input.features).fill('0.123456').join()}]`;
  const steps = Math.min(limits.predictSteps, Math.floor((limits.body - 1000) / (step.length + 1)));
  const fields = Array.from({ length: 700_000 }, (_, i) => `"${i.toString(36)}_":1`).join();
  const longest = JSON.stringify({ job: answer, sequences: [Array(limits.predictNumbers / 1000).fill(1)] });
  const largest = `{"job":"${body}","sequences":[[${Array(steps).fill(step).join()}]]}`;
  const why = JSON.stringify({ job: computing, sequences: [Array(40).fill(1)] });
  return [
    ['/predict', longest, 200],
    ['/predict', longest, 200],
    ['/predict', mostComputing(computing, large), 200],
    ['/predict', mostComputing(computing, large), 200],
    ['/predict', largest, 200],
    ['/predict', largest, 200],
    ['/predict/explain', why, 200],
    ['/predict', `{"job":"x","sequences":[${'[],'.repeat(2_700_000)}[]]}`, 400],
    ['/predict', `{${fields}}`, 400],
    ['/v1/jobs/validate', `{${fields}}`, 400],
    ['/v1/jobs', `{"name":[${'0,'.repeat(4_000_000)}0]}`, 400],
  ];
}

/** The same by the other protocols: the longest answers, the largest tensors, and one that is refused. */
async function largestByProtocols(): Promise<[path: string, body: string, status: number][]> {
  const [answer, body] = [await trained(manyClasses), await trained(manyFeatures)];
  const tensor = (shape: number[], data: string) =>
    `{"inputs":[{"name":"inputs","datatype":"FP32","shape":[${shape}],"data":[${data}]}]}`;
  const { features } = manyFeatures.input;
  const fitting = Math.floor((limits.body - 1000) / (features * '0.123456,'.length));
  const steps = Math.min(limits.predictSteps, fitting);
  const values = Array(steps * features)
    .fill('0.123456')
    .join();
  const steps1000 = Array(limits.predictNumbers / 1000).fill(1);
  const longest = tensor([1, steps1000.length, 1], steps1000.join());
  const rows = JSON.stringify({ instances: [steps1000] });
  return [
    [`/v2/models/${answer}/infer`, longest, 200],
    [`/v2/models/${answer}/infer`, longest, 200],
    [`/v2/models/${body}/infer`, tensor([1, steps, features], values), 200],
    [`/v2/models/${body}/infer`, tensor([1, steps, features], values), 200],
    [`/v2/models/${body}/infer`, tensor([1, steps, features], `${'[],'.repeat(2_700_000)}[]`), 400],
    [`/v1/models/${answer}:predict`, rows, 200],
    [`/v1/models/${answer}:predict`, rows, 200],
    [`/v1/models/${body}:predict`, `{"instances":[${'[],'.repeat(2_700_000)}[]]}`, 400],
  ];
}

/** Eight of a kind at once: the longest answers, the largest bodies, and the longest steps of sessions. */
async function eightOfEach(): Promise<[path: string, body: string, status: number][][]> {
  const all = await largestRequests();
  const kinds = [all[0], all[4]].map((request) => Array(8).fill(request));
  const job = all[0][1].slice('{"job":"'.length).split('"', 1)[0];
  const steps = JSON.stringify({ steps: Array(limits.predictNumbers / 1000).fill(1) });
  const sessions = Array.from({ length: 8 }, async () => {
    const { id } = (await api.current.request('POST', '/v1/sessions', { job })).body;
    return [`/v1/sessions/${id}/steps`, steps, 200] as [string, string, number];
  });
  return [...kinds, await Promise.all(sessions)];
}

test('eight of the largest predictions of a kind, at once, leave the event loop to others', async () => {
  for (const requests of await eightOfEach()) await expectShortHolds(requests);
}, 120_000);

test.each([
  ['request', largestRequests],
  ['request by another protocol', largestByProtocols],
])('no permitted %s holds the event loop', async (_, largest) => expectShortHolds(await largest()), 120_000);

async function expectShortHolds(requests: Awaited<ReturnType<typeof largestRequests>>): Promise<void> {
  const held: Holds[] = [];
  const isShort = ({ longestMs, p99WaitMs }: Holds) => longestMs < longestHoldMs && p99WaitMs < longestWaitMs;
  while (held.length < attempts && !held.some(isShort)) {
    const { statuses, ...holds } = await sendAll(api.current.url, requests);
    expect(statuses).toEqual(requests.map(([, , status]) => status));
    held.push(holds);
  }
  expect(held).toContainEqual(
    held.find(isShort) ?? { longestMs: `< ${longestHoldMs}`, p99WaitMs: `< ${longestWaitMs}` },
  );
}

test('predictions beyond the queue are refused, and those nobody waits for are dropped', async () => {
  const job = await trained(large);
  const body = mostComputing(job, large);
  const gone = new AbortController();
  const send = () =>
    fetch(`${api.current.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: gone.signal,
    });
  const sent = Array.from({ length: limits.predictQueue + 8 }, send);
  const refused = await Promise.any(
    sent.map(async (response) => {
      expect((await response).status).toBe(503);
      return response;
    }),
  );
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.json()).toMatchObject({ status: 503, code: 'busy', detail: expect.stringContaining('32') });

  const abortedAt = performance.now();
  gone.abort();
  await Promise.allSettled(sent);
  const alive = await api.current.request('POST', '/predict', { job, sequences: [[1]] });
  expect(alive.status).toBe(200);
  // The queue would have taken much longer: each of its predictions takes some tenths of a second at the least.
  expect(performance.now() - abortedAt).toBeLessThan(5_000);
}, 60_000);

test.each([
  ['probabilities', manyClasses, limits.predictNumbers / 1000],
  ['inputs', stackOf({ features: 1024, classes: 2, units: [1] }), Math.floor(limits.predictInputs / 1024)],
] as const)('more %s than the limit are refused with it', async (_, shape, limit) => {
  const job = await trained(shape);
  const { status, body } = await api.current.request('POST', '/predict', {
    job,
    sequences: [Array(limit + 1).fill(0)],
  });
  expect(status).toBe(400);
  expect(body.errors).toEqual([
    { path: 'sequences', message: expect.stringMatching(new RegExp(`^have ${limit + 1} steps in all; .*${limit}$`)) },
  ]);
});
