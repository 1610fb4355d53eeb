/** /predict/explain: inputs that the model looks at move its probabilities, those it cannot see do not, and work is limited. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { jensenShannon } from '../../src/diagnosis/counting/entropy.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { forwardFlops } from '../../src/model/cost.ts';
import { stackOf } from '../../src/model/description.ts';
import { limits } from '../../src/platform/limits.ts';
import { type Json, useApp } from '../support/app.ts';
import { saveCheckpoint, smallModel, weightsOf } from '../support/checkpoints.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());

async function trainedJob(model = smallModel): Promise<string> {
  const { id } = (await api.current.request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(api.current.checkpoints, id, 7, 1, model);
  return id;
}

async function explain(body: object): Promise<Json> {
  const answer = await api.current.request('POST', '/predict/explain', body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

test('where the data have few values all are tried, each as often as it occurs: the figures are exact', async () => {
  const job = await trainedJob();
  const sequence = [0, 1, 1, 0, 1];
  const { drawnFrom, replacements, exhaustive, explanations } = await explain({ job, sequences: [sequence] });
  expect({ drawnFrom, replacements, exhaustive }).toEqual({ drawnFrom: 'task', replacements: 2, exhaustive: true });
  expect(explanations).toHaveLength(1);
  const [{ step, inputs }] = explanations;
  expect(step).toBe(4);
  const predictor = simdEngine.createPredictor(smallModel, weightsOf(smallModel, 7));
  const before = predictor.predict(Float32Array.from(sequence), 5);
  const shares: number[][] = [[], []];
  for (const { step: at, lag, nats, standardError } of inputs) {
    expect([lag, standardError]).toEqual([4 - at, 0]);
    // The value that is there already changes nothing.
    const after = predictor.predict(Float32Array.from(sequence.with(at, 1 - sequence[at])), 5);
    shares[1 - sequence[at]].push(nats / jensenShannon(before, after, 4, 16, 16));
  }
  // The values of the task are 0 and 1, each as often.
  const [[ofZero], [ofOne]] = shares;
  expect(ofZero + ofOne).toBeCloseTo(1, 4);
  expect(Math.abs(ofZero - 0.5)).toBeLessThan(0.02);
  for (const [n, share] of [ofZero, ofOne].entries()) {
    for (const other of shares[n]) expect(other).toBeCloseTo(share, 4);
  }
  expect(inputs.map(({ nats }: Json) => nats)).toEqual(
    inputs.map(({ nats }: Json) => nats).sort((a: number, b: number) => b - a),
  );
});

const manyValuesModel = stackOf({ features: 2, classes: 3, units: [6] });

/** A job whose data have thousands of values: numbers of 10^-9 steps, and a mark. */
async function jobOfManyValues(): Promise<string> {
  const { status, body, text } = await api.current.request('POST', '/v1/jobs', { task: { type: 'adding' } });
  expect(status, text).toBe(201);
  await saveCheckpoint(api.current.checkpoints, body.id, 7, 1, manyValuesModel);
  return body.id;
}

const marked = [
  [0.9, 1],
  [0.2, 0],
  [0.4, 1],
  [0.7, 0],
];

test('what is said of a sequence does not depend on its place, nor on what else is asked', async () => {
  const job = await jobOfManyValues();
  const other = [
    [0.1, 0],
    [0.3, 1],
  ];
  const alone = (await explain({ job, sequences: [marked], replacements: 50 })).explanations[0];
  const sequences = [other, marked, marked];
  const among = await explain({ job, sequences, steps: [[0, 1], [0, 3], [3]], replacements: 50 });
  expect(among).toMatchObject({ replacements: 50, exhaustive: false });
  const ofLast = among.explanations.filter(({ step }: Json) => step === 3);
  expect(ofLast).toEqual([1, 2].map((sequence) => ({ ...alone, sequence })));
});

test('where there are more values, the standard error says how far off the figures may be', async () => {
  const job = await jobOfManyValues();
  const ask = async (replacements: number, seed = 1) => {
    const answer = await explain({ job, sequences: [marked], replacements, seed });
    expect(answer).toMatchObject({ drawnFrom: 'task', replacements, exhaustive: false });
    return answer.explanations[0].inputs.sort((a: Json, b: Json) => a.lag - b.lag);
  };
  const { explanations, exhaustive } = await explain({ job, sequences: [marked] });
  expect(exhaustive).toBe(true);
  const exact = explanations[0].inputs.sort((a: Json, b: Json) => a.lag - b.lag);
  const seeds = Array.from({ length: 25 }, (_, n) => n + 2);
  const far = [];
  for (const seed of seeds) {
    for (const [lag, { nats, standardError }] of (await ask(20, seed)).entries()) {
      expect(standardError).toBeGreaterThan(0);
      far.push(Math.abs(nats - exact[lag].nats) / standardError);
    }
  }
  // Of a normal error 95 of 100 are within two standard errors.
  expect(far.filter((distance) => distance < 2).length / far.length).toBeGreaterThan(0.88);
  expect(await ask(20, 5)).toEqual(await ask(20, 5));
  expect(await ask(20, 5)).not.toEqual(await ask(20, 6));
  const [one] = await ask(1);
  expect(one.standardError).toBeNull();
});

test('by default all values are tried that take 4·10^9 operations, and 20 of a large model', async () => {
  const job = await jobOfManyValues();
  const few = await explain({ job, sequences: [marked] });
  expect(few.exhaustive).toBe(true);
  expect(few.replacements).toBeGreaterThan(9000);
  for (const { standardError } of few.explanations[0].inputs) expect(standardError).toBe(0);
  expect(await explain({ job, sequences: [marked], replacements: limits.explainReplacements, seed: 9 })).toEqual(few);
  // 64 sequences, each of whose 33 inputs runs on to the last step, over 17 steps in the mean.
  const sequences = Array(64).fill(Array.from({ length: 40 }, (_, t) => marked[t % 4]));
  const many = await explain({ job, sequences });
  const flopsOfStep = forwardFlops(manyValuesModel, 1) + 1000 + 10 * manyValuesModel.head.classes;
  const fitting = Math.floor(limits.explainDefaultFlops / (64 * 33 * 17 * flopsOfStep));
  expect(many).toMatchObject({ replacements: fitting, exhaustive: false });
  const { id } = (await api.current.request('POST', '/v1/jobs', { task: { type: 'adding' } })).body;
  await saveCheckpoint(api.current.checkpoints, id, 7, 1, stackOf({ features: 2, classes: 3, units: [384] }));
  const large = await explain({ job: id, sequences: [sequences[0]] });
  expect(large).toMatchObject({ replacements: 20, exhaustive: false });
}, 60_000);

test('of a dataset values are drawn from all of it, however it is sorted', async () => {
  const { request, checkpoints } = api.current;
  // 30,000 steps: of the first two thirds every value is 0, of the others 1.
  const lines = Array.from({ length: 1_500 }, (_, s) =>
    JSON.stringify({ x: Array(20).fill(Number(s >= 1_000)), y: s % 4 }),
  );
  const type = { 'content-type': 'application/x-ndjson' };
  const dataset = (await request('POST', '/v1/datasets', lines.map((line) => `${line}\n`).join(''), type)).body.id;
  const { id } = (await request('POST', '/v1/jobs', { task: { type: 'dataset', dataset }, diagnose: false })).body;
  await saveCheckpoint(checkpoints, id, 7, 1);
  const sequence = [0, 1];
  const answer = await explain({ job: id, sequences: [sequence] });
  expect(answer).toMatchObject({ drawnFrom: 'dataset', replacements: 2, exhaustive: true });
  const predictor = simdEngine.createPredictor(smallModel, weightsOf(smallModel, 7));
  const before = predictor.predict(Float32Array.from(sequence), 2);
  for (const { step, nats } of answer.explanations[0].inputs) {
    const after = predictor.predict(Float32Array.from(sequence.with(step, 1 - sequence[step])), 2);
    const share = sequence[step] === 0 ? 1 / 3 : 2 / 3;
    expect(Math.abs(nats / jensenShannon(before, after, 4, 4, 4) - share)).toBeLessThan(0.05);
  }
});

test('of an import, whose data nobody has, inputs of the request are drawn, in whatever order they come', async () => {
  const file = await readFile(path.join(import.meta.dirname, '../fixtures/models/torch.safetensors'));
  const type = { 'content-type': 'application/octet-stream' };
  const job = (await api.current.request('POST', '/v1/jobs/import', new Uint8Array(file), type)).body.id;
  const sequences = Array.from({ length: 3 }, (_, s) =>
    Array.from({ length: 9 }, (_, t) => [Math.sin(9 * s + t), t / 9]),
  );
  const ask = (given: number[][][]) => explain({ job, sequences: given, replacements: 10 });
  const [forwards, backwards] = [await ask(sequences), await ask(sequences.toReversed())];
  expect(forwards).toMatchObject({ drawnFrom: 'request', replacements: 10, exhaustive: false });
  const inputsOf = ({ explanations }: Json) => explanations.map(({ inputs }: Json) => inputs);
  expect(inputsOf(backwards)).toEqual(inputsOf(forwards).toReversed());
});

test('later inputs have no part in a step, and the same request has the same answer', async () => {
  const job = await trainedJob();
  const request = {
    job,
    sequences: [
      [0, 1, 1, 0],
      [1, 1],
    ],
    steps: [[1, 3], [0]],
    lags: 2,
    seed: 5,
  };
  const { explanations } = await explain(request);
  expect(explanations.map(({ sequence, step }: Json) => [sequence, step])).toEqual([
    [0, 1],
    [0, 3],
    [1, 0],
  ]);
  const lagsOf = ({ inputs }: Json) => inputs.map(({ lag }: Json) => lag).sort();
  expect(explanations.map(lagsOf)).toEqual([[0, 1], [0, 1, 2], [0]]);
  expect((await explain(request)).explanations).toEqual(explanations);
  const predicted = await api.current.request('POST', '/predict', { job, sequences: request.sequences });
  expect(explanations[1].class).toBe(predicted.body.predictions[0].classes[3]);
});

test.each([
  ['a step that is not there', { steps: [[2]] }, 'steps[0][0]', 'less than 2'],
  ['steps for other sequences', { steps: [[0], [0]] }, 'steps', 'for each of the 1 sequences'],
  ['too many replacements', { replacements: limits.explainReplacements + 1 }, 'replacements', 'at most 10000'],
])('%s: refused with its path', async (_, change, path, message) => {
  const job = await trainedJob();
  const { status, body } = await api.current.request('POST', '/predict/explain', {
    job,
    sequences: [[0, 1]],
    ...change,
  });
  expect(status).toBe(400);
  expect(body.errors[0]).toMatchObject({ path, message: expect.stringContaining(message) });
});

test('more work than a prediction may be is refused before it begins', async () => {
  const job = await trainedJob(stackOf({ features: 1, classes: 4, units: [512] }));
  const request = { job, sequences: [Array(600).fill(1)], lags: 512, replacements: 200 };
  const { status, body } = await api.current.request('POST', '/predict/explain', request);
  expect(status).toBe(400);
  expect(body.errors[0]).toMatchObject({ path: 'steps', message: expect.stringContaining('the limit is 2e+10') });
});
