/**
 * /predict: the probabilities of a stored model, or a refusal that says which number of which sequence is to blame.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { stackOf } from '../../src/model/description.ts';
import { limits } from '../../src/platform/limits.ts';
import { type TestApp, useApp } from '../support/app.ts';
import { saveCheckpoint, smallModel, stepFolder, weightsOf } from '../support/checkpoints.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());
const pattern = [0, 0, 1, 0, 1, 1];

async function submit({ request }: TestApp): Promise<string> {
  return (await request('POST', '/v1/jobs', {})).body.id;
}

/** A job with three checkpoints, the second of which is the best. */
async function trainedJob(): Promise<string> {
  const job = await submit(api.current);
  for (const [step, loss] of [
    [1000, 0.5],
    [2000, 0.1],
    [3000, 0.2],
  ]) {
    await saveCheckpoint(api.current.checkpoints, job, step, loss);
  }
  return job;
}

test('the probabilities are those of the model, for sequences of any length', async () => {
  const job = await trainedJob();
  const sequences = [pattern, [1], pattern.slice(2)];
  const { status, body } = await api.current.request('POST', '/predict', { job, sequences });
  expect(status).toBe(200);
  expect(body.job).toBe(job);
  const predictor = simdEngine.createPredictor(smallModel, weightsOf(smallModel, 3000));
  for (const [s, sequence] of sequences.entries()) {
    const expected = Array.from(predictor.predict(Float32Array.from(sequence), sequence.length));
    const { probabilities, classes } = body.predictions[s];
    // As float32: an answer has as few digits as give that back.
    expect(probabilities.flat().map(Math.fround)).toEqual(expected);
    expect(classes).toEqual(probabilities.map((row: number[]) => row.indexOf(Math.max(...row))));
  }
});

test.each([
  [undefined, 3000],
  ['latest', 3000],
  ['best', 2000],
  [1000, 1000],
])('checkpoint %s is that of step %i', async (checkpoint, step) => {
  const job = await trainedJob();
  const { body } = await api.current.request('POST', '/predict', { job, checkpoint, sequences: [pattern] });
  expect(body.checkpoint).toEqual({ step, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test('a step of several features is an array of them', async () => {
  const job = await submit(api.current);
  await saveCheckpoint(api.current.checkpoints, job, 1, 1, stackOf({ features: 2, classes: 3, units: [2] }));
  const good = await api.current.request('POST', '/predict', {
    job,
    sequences: [
      [
        [0, 1],
        [1, 0],
      ],
    ],
  });
  expect(good.body.predictions[0].probabilities).toHaveLength(2);
  for (const [step, at] of [
    [0, '[1]'],
    [[1], '[1]'],
    [[1, 2, 3], '[1]'],
    [[1, 'x'], '[1][1]'],
  ] as const) {
    const { status, body } = await api.current.request('POST', '/predict', { job, sequences: [[[0, 1], step]] });
    expect(status).toBe(400);
    expect(body.errors[0].path).toBe(`sequences[0]${at}`);
  }
});

test('a missing job and a missing checkpoint are told apart', async () => {
  const predict = async (body: object) =>
    (await api.current.request('POST', '/predict', { sequences: [pattern], ...body })).body;
  expect(await predict({ job: 'job_missing' })).toMatchObject({ status: 404, code: 'job_not_found' });
  expect(await predict({ job: '../../etc' })).toMatchObject({ status: 404, code: 'job_not_found' });
  const untrained = await submit(api.current);
  expect(await predict({ job: untrained })).toMatchObject({ status: 404, code: 'checkpoint_not_found' });
  expect(await predict({ job: await trainedJob(), checkpoint: 1234 })).toMatchObject({
    status: 404,
    code: 'checkpoint_not_found',
  });
});

test.each([
  ['no sequences', '[]', 'sequences', 'at least 1'],
  ['sequences that are a number', '7', 'sequences', 'must be an array, but is 7'],
  ['an empty sequence', '[[]]', 'sequences[0]', 'at least one step'],
  ['a sequence that is a number', '[[0],5]', 'sequences[1]', 'but is 5'],
  ['a text', '[[0,"1"]]', 'sequences[0][1]', 'must be a number, but is "1"'],
  ['null', '[[0],[0,0,null]]', 'sequences[1][2]', 'but is null'],
  ['true', '[[true]]', 'sequences[0][0]', 'but is true'],
  ['an object', '[[{}]]', 'sequences[0][0]', 'but is {}'],
  ['infinity', '[[0,1e999]]', 'sequences[0][1]', 'exceeds float32'],
  [
    'more than a float32 holds',
    '[[1e39]]',
    'sequences[0][0]',
    'exceeds float32: it must be within ±3.4028234663852886e+38, but is 1e+39',
  ],
  ['too many features', '[[[0,1]]]', 'sequences[0][0]', 'but is [0,1]'],
  ['too many sequences', JSON.stringify(Array(1025).fill([0])), 'sequences', 'at most 1024, but has 1025'],
  ['too many steps', JSON.stringify([Array(100_001).fill(0)]), 'sequences', 'the limit is 100000'],
])('%s: refused with its path', async (_, sequences, at, message) => {
  const job = await trainedJob();
  const { status, body } = await api.current.request('POST', '/predict', `{"job":"${job}","sequences":${sequences}}`);
  expect(status).toBe(400);
  expect(body.code).toBe('invalid_input');
  expect(body.errors[0].path).toBe(at);
  expect(body.errors[0].message).toContain(message);
});

test('of very many mistakes twenty are listed, and no more are denied', async () => {
  const job = await trainedJob();
  const { body } = await api.current.request('POST', '/predict', { job, sequences: Array(100).fill(['a']) });
  expect(body.errors).toHaveLength(20);
  expect(body.detail).toMatch(/\(and at least 19 more\)\.$/);
});

test.each([
  ['NaN', '[[NaN]]'],
  ['Infinity', '[[-Infinity]]'],
])('%s is not JSON', async (_, sequences) => {
  const { status, body } = await api.current.request('POST', '/predict', `{"job":"x","sequences":${sequences}}`);
  expect(status).toBe(400);
  expect(body.code).toBe('malformed_json');
});

test.each([
  [{}, ['sequences', 'job']],
  [{ job: 7, sequences: [[0]] }, ['job']],
  [{ job: 'x', sequences: [[0]], checkpoint: 'newest' }, ['checkpoint']],
  [{ job: 'x', sequences: [[0]], checkpoint: -1 }, ['checkpoint']],
  [{ job: 'x', sequences: [[0]], temperature: 1 }, ['temperature']],
  [{ job: 'x', model: 'y', sequences: [[0]] }, ['model']],
  [{ model: 'y', checkpoint: 7, sequences: [[0]] }, ['checkpoint']],
  [{ job: 'x', sequences: [[0]], topK: 0 }, ['topK']],
])('%j is refused for %j', async (request, paths) => {
  const { status, body } = await api.current.request('POST', '/predict', request);
  expect(status).toBe(400);
  expect(body.errors.map((error: { path: string }) => error.path)).toEqual(paths);
});

test('a request as large as the limits allow is answered', async () => {
  const job = await trainedJob();
  const length = Math.floor(limits.predictSteps / limits.predictSequences);
  const sequences = Array.from({ length: limits.predictSequences }, () => Array(length).fill(1));
  const { status, body } = await api.current.request('POST', '/predict', { job, sequences });
  expect(status).toBe(200);
  expect(body.predictions).toHaveLength(limits.predictSequences);
});

test('no numbers come from a checkpoint with a changed byte, but from the one before it', async () => {
  const job = await submit(api.current);
  for (const step of [2717, 2718]) await saveCheckpoint(api.current.checkpoints, job, step, 0.1);
  const file = path.join(stepFolder(api.current.folder, job, 2718), 'weights.bin');
  const weights = await readFile(file);
  weights[5] ^= 1;
  await writeFile(file, weights);
  const predict = (checkpoint: number | string) =>
    api.current.request('POST', '/predict', { job, checkpoint, sequences: [pattern] });
  expect((await predict(2718)).body).toMatchObject({ status: 409, code: 'corrupt_checkpoint' });
  expect((await predict('latest')).body.checkpoint.step).toBe(2717);
  const { body } = await api.current.request('GET', `/v1/jobs/${job}/checkpoints`);
  expect(body).toMatchObject({ data: [{ step: 2717 }], damaged: [2718] });
});
