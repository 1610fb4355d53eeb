/** Any checkpoint is judged on any dataset that fits it, on a thread; what does not fit is named. */
import { beforeEach, expect, test } from 'vitest';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import type { Encoding } from '../../src/data/training-data.ts';
import { stackOf } from '../../src/model/description.ts';
import type { Issue } from '../../src/platform/errors.ts';
import type { PredictionResult } from '../../src/serving/prediction-result.ts';
import { useApp } from '../support/app.ts';
import { checkpointOf } from '../support/checkpoints.ts';
import { watchLoop } from '../support/loop-watch.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);
const model = stackOf({ features: 1, classes: 3, units: [4] });
const numbers: Encoding = {
  inputs: { kind: 'numbers', features: 1, mean: [0.5], scale: [2], fill: [0.5], names: ['pulse'] },
  labels: ['rest', 'walk', 'run'],
};
let job: string;

beforeEach(async () => {
  job = (await api.current.request('POST', '/v1/jobs', {})).body.id;
});

async function save(encoding: Encoding, of = model): Promise<void> {
  await api.current.checkpoints.save(job, { ...checkpointOf(7, 1, of), encoding });
}

async function upload(...lines: object[]): Promise<string> {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const type = { 'content-type': 'application/x-ndjson' };
  return (await api.current.request('POST', '/v1/datasets', text, type)).body.id;
}

const evaluate = (dataset: string, more: object = {}) =>
  api.current.request('POST', `/v1/jobs/${job}/evaluate`, { dataset, ...more });

test('with the loss, accuracy and confusion that its predictions have, and the names of the training', async () => {
  await save(numbers);
  const lines = Array.from({ length: 30 }, (_, s) => ({
    x: Array.from({ length: 10 + s }, (_, t) => ((s * 7 + t * 3) % 11) / 5),
    // The dataset numbers its labels otherwise than the training, and leaves steps out.
    y: Array.from({ length: 10 + s }, (_, t) => (t % 3 === 0 ? null : ['walk', 'rest'][(s + t) % 2])),
  }));
  const { status, body } = await evaluate(await upload(...lines), { checkpoint: 7 });
  expect(status).toBe(200);
  const sequences = lines.map(({ x }) => x);
  const predicted = await api.current.request('POST', '/predict', { job, checkpoint: 7, sequences });
  const { predictions, checkpoint } = predicted.body as PredictionResult;
  const losses: number[] = [];
  const confusion = Array.from({ length: 3 }, () => [0, 0, 0]);
  for (const [s, { y }] of lines.entries()) {
    const of = predictions[s] as { classes: number[]; probabilities: number[][] };
    for (const [t, name] of y.entries()) {
      if (name === null) continue;
      const label = numbers.labels!.indexOf(name);
      losses.push(-Math.log(of.probabilities[t][label]));
      confusion[label][of.classes[t]]++;
    }
  }
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  expect(body.heldOut).toMatchObject({ steps: losses.length, sequences: 30, sequencesInPart: 30 });
  expect(body.heldOut.loss).toBeCloseTo(mean, 5);
  expect(body).toMatchObject({ job, checkpoint, confusion, labels: numbers.labels, features: ['pulse'] });
  expect(body.memory.at(-1).loss).toBeCloseTo(mean, 1);
});

test('without holding the event loop, or sending a probability of each step', async () => {
  await save({ ...numbers, labels: ['0', '1', '2'] }, stackOf({ features: 1, classes: 3, units: [32] }));
  const line = {
    x: Array.from({ length: 8_000 }, (_, t) => t % 5),
    y: Array.from({ length: 8_000 }, (_, t) => t % 3),
  };
  const dataset = await upload(line, line);
  const loop = watchLoop();
  const { status, body } = await evaluate(dataset);
  expect(loop.stop().longestMs).toBeLessThan(100);
  expect(status).toBe(200);
  expect(body.heldOut.steps).toBe(16_000);
  expect(JSON.stringify({ ...body, perPosition: [] }).length).toBeLessThan(10_000);
});

test('but not where it does not fit, which is named', async () => {
  const sheet = (x: unknown[], y: unknown) => upload({ x, y }, { x, y });
  const refusalOf = async (dataset: Promise<string>) => {
    const { status, body } = await evaluate(await dataset);
    expect(status).toBe(400);
    return body.errors.map(({ path, message, rule }: Issue) => `${path} ${message} (${rule})`).join('; ');
  };
  await save(numbers);
  expect(await refusalOf(sheet(['a', 'b'], ['rest', 'walk']))).toMatch(
    /^dataset .*holds strings, where the model was trained on numbers/,
  );
  expect(
    await refusalOf(
      sheet(
        [
          [1, 2],
          [3, 4],
        ],
        ['rest', 'walk'],
      ),
    ),
  ).toMatch(/has 2 features, where the model was trained on 1 \("pulse"\)/);
  expect(await refusalOf(sheet([1, 2], ['rest', 'swim']))).toMatch(
    /has the label "swim" that the model does not know.*\(between-fields\)$/,
  );
  expect(await refusalOf(sheet([1, 2], 'rest'))).toMatch(
    /one label for each sequence, where the model gives one to each step/,
  );
  expect(await refusalOf(Promise.resolve(`ds_${'0'.repeat(24)}`))).toMatch(/there is no such dataset \(unknown-id\)$/);
  const strings = { kind: 'strings' as const, features: 1, vocabulary: ['a'], places: [0], unknown: 'refuse' as const };
  await save({ inputs: strings, labels: null });
  expect(await refusalOf(sheet(['a', 'q'], [0, 1]))).toMatch(/has the string "q" that training did not know/);
  expect(await refusalOf(sheet(['a', 'a'], [0, 3]))).toMatch(
    /has the label 3 that the model does not know.*\(between-fields\)$/,
  );
});

test('nor where there is no such job or checkpoint', async () => {
  const dataset = await upload({ x: [1, 2], y: [0, 1] }, { x: [1, 2], y: [1, 0] });
  expect((await evaluate(dataset)).body).toMatchObject({ status: 404, code: 'checkpoint_not_found' });
  await save({ inputs: InputEncoder.plain(1).state, labels: null });
  expect((await evaluate(dataset, { checkpoint: 8 })).body.code).toBe('checkpoint_not_found');
  expect((await evaluate(dataset)).status).toBe(200);
  job = 'job_none';
  expect((await evaluate(dataset)).body.code).toBe('job_not_found');
});
