/**
 * What report and doctor say of real-valued data and models of all kinds is held against their own figures: no loss
 * below a stated floor, no "no past value" beside a memory, no "all there is" that is not.
 */
import { describe, expect, test } from 'vitest';
import type { LabelledSequence } from '../../src/data/batching/sequence-batches.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { makeReport } from '../../src/diagnosis/report/report.ts';
import { Report } from '../../src/diagnosis/report/report-schema.ts';
import type { Predict } from '../../src/diagnosis/report/scores.ts';
import { sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';

interface Data {
  /** One row of inputs [T,I]. */
  row(random: Random, T: number): Float32Array;
  features: number;
  /** The class, 0 or 1, of step t. */
  label(x: Float32Array, t: number): number;
}

const T = 60;
const uniform = (random: Random, count: number) => Float32Array.from({ length: count }, () => random.uniform());

/** x' = 4x(1-x): the next values follow from the present one, though no bins of it show that. */
function chaotic(random: Random, count: number): Float32Array {
  const x = new Float32Array(count);
  for (let t = 0, value = random.uniform(); t < count; t++, value = 4 * value * (1 - value)) x[t] = value;
  return x;
}

function smooth(random: Random, count: number): Float32Array {
  const x = new Float32Array(count);
  for (let t = 0, value = 0; t < count; t++) {
    value = 0.95 * value + random.uniform() - 0.5;
    x[t] = value;
  }
  return x;
}

const after = (x: number, steps: number): number => (steps === 0 ? x : after(4 * x * (1 - x), steps - 1));

const data: Record<string, Data> = {
  'a threshold': { row: uniform, features: 1, label: (x, t) => Number(x[t] > 0.3137) },
  'a fine comb': { row: uniform, features: 1, label: (x, t) => Math.floor(40 * x[t]) % 2 },
  'the direction of the next value': { row: chaotic, features: 1, label: (x, t) => Number(after(x[t], 1) > x[t]) },
  'the value four steps ahead': { row: chaotic, features: 1, label: (x, t) => Number(after(x[t], 4) > 0.5) },
  'whether a smooth series rises': { row: smooth, features: 1, label: (x, t) => Number(x[t] > (x[t - 1] ?? 0)) },
  'a moving average': {
    row: uniform,
    features: 1,
    label: (x, t) => Number(x.subarray(Math.max(0, t - 5), t + 1).reduce((sum, v) => sum + v - 0.5, 0) > 0),
  },
  'the end of the row before': { row: smooth, features: 1, label: (x, t) => Number((t === 0 ? 0.1 : x[t - 1]) > 0) },
  'two features': {
    row: (random, count) => uniform(random, 2 * count),
    features: 2,
    label: (x, t) => Number(x[2 * t] > 0.5) ^ Number((x[2 * t - 1] ?? 0) > 0.5),
  },
};

/** A model that gives `sure` to the right class. */
const knowing =
  (sure: number) =>
  ({ label, features }: Data): Predict =>
  (inputs, length) =>
    Float32Array.from({ length: 2 * length }, (_, i) => {
      const right = label(inputs.subarray(0, length * features), i >> 1) === (i & 1);
      return right ? sure : 1 - sure;
    });

/** A model whose output moves with the value five steps back, though that tells nothing. */
const distracted =
  (data: Data): Predict =>
  (inputs, length) => {
    const probabilities = knowing(0.8)(data)(inputs, length);
    for (let t = 0; t < length; t++) {
      const shift = 0.15 * Math.tanh(inputs[(t - 5) * data.features] ?? 0);
      const p = probabilities[2 * t] + shift;
      probabilities.set([p, 1 - p], 2 * t);
    }
    return probabilities;
  };

const models: Record<string, (data: Data) => Predict> = {
  'knows all': knowing(0.9999),
  'knows much': knowing(0.9),
  'is distracted': distracted,
  guesses: () => (_, length) => new Float32Array(2 * length).fill(0.5),
};

function sequencesOf({ row, label, features }: Data, rows: number, seed: number): LabelledSequence[] {
  const random = Random.seeded(seed, 'data');
  return Array.from({ length: rows }, () => {
    const inputs = row(random, T);
    return { inputs, labels: Int32Array.from({ length: inputs.length / features }, (_, t) => label(inputs, t)) };
  });
}

function reportOf(about: Data, model: (data: Data) => Predict): Report {
  const mask = new Float32Array(T).fill(1);
  const training = sequencesOf(about, 200, 1).map((sequence) => ({ ...sequence, mask, length: T }));
  const { features } = about;
  const sequences = sequencesOf(about, 30, 2);
  const about30 = { part: 'test' as const, labelsAt: 'every-step' as const, sequencesInPart: 30 };
  const judged = { ...about30, features, classes: 2, warmUp: 0, sequences };
  const doctor = examine(sampleOfSequences(training, { features, classes: 2 }));
  return Report.parse(makeReport({ predict: model(about), judged, doctor, seed: 1, replacements: 100 }));
}

describe.each(Object.entries(data))('of %s', (_, about) => {
  test.each(Object.entries(models))('and a model that %s', (_, model) => {
    const report = reportOf(about, model);
    const { verdict, heldOut, effectiveMemory, informationUsed, findings } = report;
    const reachable = report.reachable!;
    const said = [verdict, ...findings.map(({ message }) => message)].join('\n');
    for (const [, floor] of said.matchAll(/cannot fall below (\d\.\d+)/g)) {
      expect(heldOut.loss, said).toBeGreaterThan(Number(floor) - 1e-4);
    }
    if (reachable.source === 'proven') expect(heldOut.loss, said).toBeGreaterThan(reachable.nats - 1e-4);
    if (/information there is/.test(verdict)) expect(reachable.source).toBe('proven');
    if (/(no past value|labels need)/.test(verdict)) expect(effectiveMemory, said).toBe(0);
    if (/nothing/.test(verdict)) expect(informationUsed).toBeLessThan(0.02);
    if (heldOut.loss < reachable.nats) expect(verdict).toMatch(/more information than counting finds/);
    if (/100 %/.test(verdict)) expect(heldOut.loss, said).toBeLessThan(1.05 * reachable.nats + 0.02);
  });
});
