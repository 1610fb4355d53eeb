/** /predict/explain: inputs that the model looks at move its probabilities, those it cannot see do not, and work is limited. */
import { expect, test } from 'vitest';
import { jensenShannon } from '../../src/diagnosis/counting/entropy.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
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

test('the influence of an input is the mean divergence when it is replaced by draws from the data', async () => {
  const job = await trainedJob();
  const sequence = [0, 1, 1, 0, 1];
  const { drawnFrom, explanations } = await explain({ job, sequences: [sequence], replacements: 200 });
  expect(drawnFrom).toBe('task');
  expect(explanations).toHaveLength(1);
  const [{ step, inputs }] = explanations;
  expect(step).toBe(4);
  const predictor = simdEngine.createPredictor(smallModel, weightsOf(smallModel, 7));
  const before = predictor.predict(Float32Array.from(sequence), 5);
  for (const { step: at, lag, nats } of inputs) {
    expect(lag).toBe(4 - at);
    // The values of the task are 0 and 1, each as often: half of the draws change nothing.
    const changed = sequence.with(at, 1 - sequence[at]);
    const after = predictor.predict(Float32Array.from(changed), 5);
    const whole = jensenShannon(before, after, 4, 16, 16);
    expect(nats).toBeGreaterThan(0.35 * whole);
    expect(nats).toBeLessThan(0.65 * whole);
  }
  expect(inputs.map(({ nats }: Json) => nats)).toEqual(
    inputs.map(({ nats }: Json) => nats).sort((a: number, b: number) => b - a),
  );
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
  ['too many replacements', { replacements: limits.explainReplacements + 1 }, 'replacements', 'at most 200'],
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
