/**
 * What report and doctor say of real-valued data and models of all kinds is held against their own figures: no loss
 * below a stated floor, no "no past value" beside a memory, no "all there is" that is not.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { guilty } from '../../bench/doctor-data/guilty.ts';
import type { LabelledSequence } from '../../src/data/batching/sequence-batches.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import type { DoctorReport, ExaminationDepth } from '../../src/diagnosis/doctor/doctor-schema.ts';
import type { Predict } from '../../src/diagnosis/report/figures/scores.ts';
import { makeReport, type ReportRequest } from '../../src/diagnosis/report/report.ts';
import { Report, StatementCode } from '../../src/diagnosis/report/report-schema.ts';
import { sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import { datasetOfLines } from '../data/stores.ts';
import { contradictionsIn } from './contradictions.ts';
import { reportOfTraining } from './trained.ts';

interface Data {
  /** One row of inputs [T,I]. */
  row(random: Random, T: number): Float32Array;
  features: number;
  /** The class, 0 or 1, of step t. */
  label(x: Float32Array, t: number): number;
}

const T = 60;
const affordableSteps = { memory: 100_000, influence: 20_000 };
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

/** The codes that were said in any of the reports. */
const said = new Set<StatementCode>();

function check(report: Report): void {
  expect(contradictionsIn(report)).toEqual([]);
  for (const code of report.statements!.flatMap(({ codes }) => codes)) said.add(code);
}

const examined = new Map<Data, DoctorReport>();

function doctorOf(about: Data): DoctorReport {
  const mask = new Float32Array(T).fill(1);
  const rows = sequencesOf(about, 200, 1).map((sequence) => ({ ...sequence, mask, length: T }));
  const doctor = examined.get(about) ?? examine(sampleOfSequences(rows, { features: about.features, classes: 2 }));
  examined.set(about, doctor);
  return doctor;
}

function reportOf(about: Data, model: (data: Data) => Predict): Report {
  const { features } = about;
  const sequences = sequencesOf(about, 30, 2);
  const about30 = { part: 'test' as const, labelsAt: 'every-step' as const, sequencesInPart: 30 };
  const judged = { ...about30, features, classes: 2, warmUp: 0, sequences };
  const doctor = doctorOf(about);
  return Report.parse(makeReport({ predict: model(about), judged, doctor, seed: 1, affordableSteps }));
}

describe.each(Object.entries(data))('of %s', (_, about) => {
  test.each(Object.entries(models))('and a model that %s', (_, model) => check(reportOf(about, model)));
});

/** A part of the data with other labels, or other figures beside it. */
function reportWith(change: Partial<ReportRequest>, model = knowing(0.9), rows = 30): Report {
  const about = data['a threshold'];
  const sequences = sequencesOf(about, rows, 2);
  const part = { part: 'test' as const, labelsAt: 'every-step' as const, sequencesInPart: rows };
  return makeReport({
    predict: model(about),
    judged: { ...part, features: 1, classes: 2, warmUp: 0, sequences },
    doctor: doctorOf(about),
    seed: 1,
    affordableSteps,
    ...change,
  });
}

describe('what is said beside', () => {
  const judgedRows = (rows: number, length: number, label?: number) => ({
    part: 'validation' as const,
    labelsAt: 'every-step' as const,
    sequencesInPart: rows,
    features: 1,
    classes: 2,
    warmUp: 0,
    sequences: sequencesOf(data['a threshold'], rows, 3).map(({ inputs, labels }) => ({
      inputs: inputs.subarray(0, length),
      labels: labels.subarray(0, length).map((one) => label ?? one),
    })),
  });
  const start = { job: 'a', step: 2, sha256: 'b' };
  const based = (loss: number) => ({
    job: 'job_before',
    heldOut: { loss, standardError: 0.01, accuracy: 1, steps: 900 },
  });

  test.each<[string, Partial<ReportRequest>]>([
    ['six labels', { judged: judgedRows(1, 6) }],
    ['no label at all', { judged: judgedRows(2, 20, -1) }],
    ['fifty labels of a validation part', { judged: judgedRows(5, 10) }],
    ['a better job before', { before: based(0.05) }],
    ['a worse one', { before: based(0.4) }],
    ['one that is as good', { before: based(0.105) }],
    ['a better one on the same sequences', { before: { ...based(0.1), sums: Array(30).fill(6) } }],
    ['the weights at the start', { before: { ...based(0.2), isStart: true, sums: Array(30).fill(12) } }],
    ['weights that were trained before', { startedFrom: { job: 'job_before', step: 300, sha256: 'b' } }],
    ['the best checkpoint', { checkpoint: { step: 100, sha256: 'a' }, lastStep: 300 }],
    ['the weights of another job', { startedFrom: { job: 'job_before', step: 200, sha256: 'b' } }],
    ['held-out data that may have been trained on', { usedBefore: { heldOut: 30 }, startedFrom: start }],
    ['held-out data that were trained on in part', { usedBefore: { heldOut: 30, equal: 7 }, startedFrom: start }],
    ['held-out data that are new', { usedBefore: { heldOut: 30, equal: 0 }, startedFrom: start }],
    ['little time', { affordableSteps: { memory: 10, influence: 10 } }],
    ['a floor above the loss', { optimum: 0.2 }],
  ])('%s', (_, change) => check(reportWith(change)));

  test('a held-out part that has drifted, labels that are early, and a past that the doctor saw less of', () => {
    const kinds = {
      'sensor with an offset': 'quick',
      'rule turned round': 'quick',
      'sum of three numbers, 2 early': 'full',
    };
    for (const [kind, depth] of Object.entries(kinds) as [string, ExaminationDepth][]) {
      const doctor = examine(guilty(kind, { steps: 6000, rowLength: 40, seed: 3 }).sample, { depth });
      expect(doctor.findings).toHaveLength(1);
      check(reportWith({ doctor }));
    }
    const remembering = {
      ...data['a threshold'],
      label: (x: Float32Array, t: number) => Number((x[t - 9] ?? 0) > 0.5),
    };
    const judged = { ...judgedRows(30, T), sequences: sequencesOf(remembering, 30, 2) };
    const doctor = { ...doctorOf(data['a threshold']), order: 3 };
    const report = reportWith({ doctor, judged, predict: knowing(0.95)(remembering) });
    expect(report.verdict).toContain('the doctor saw at least 3 help, by');
    check(report);
  }, 120_000);

  test('only what a full examination finds is the lowest that is known', () => {
    const about = data['a fine comb'];
    const mask = new Float32Array(T).fill(1);
    const rows = sequencesOf(about, 200, 1).map((sequence) => ({ ...sequence, mask, length: T }));
    const doctor = examine(sampleOfSequences(rows, { features: 1, classes: 2 }), { depth: 'quick' });
    const judged = { ...judgedRows(30, T), part: 'test' as const, sequences: sequencesOf(about, 30, 2) };
    const report = reportWith({ doctor, judged, predict: knowing(0.9)(about) });
    expect(report.statements!.flatMap(({ codes }) => codes)).toContain('below-counting');
    expect(report.verdict).not.toContain('lowest');
    check(report);
  });

  test('what splits lack, or how they differ, of a model that has learned nothing', () => {
    const about = data['a threshold'];
    const mask = new Float32Array(T).fill(1);
    const rows = sequencesOf(about, 100, 1).map((sequence, r) => ({
      ...sequence,
      // From the 80th row on, the held-out ones, inputs are higher; and only there is class 1.
      inputs: sequence.inputs.map((value) => (r < 80 ? value * 0.3 : value + 1)),
      labels: sequence.labels.map((label) => (r < 80 ? 0 : label)),
      mask,
      length: T,
    }));
    const splits = { names: ['train', 'test'], ofRow: Uint8Array.from(rows, (_, r) => Number(r >= 80)) };
    const doctor = examine(sampleOfSequences(rows, { features: 1, classes: 2, splits }), { depth: 'quick' });
    const report = reportWith({ doctor, predict: models.guesses(about) });
    expect(report.statements!.map(({ codes }) => codes[0])).toEqual([
      'learned-nothing',
      'drift-between-splits',
      'class-missing-in-split',
    ]);
    expect(report.verdict).toContain('drift between the parts of the split, of inputs (split "test")');
    expect(report.verdict).toContain('split "train" has no label of class 1');
    check(report);
  });

  test('of a split by order, only what all other parts explain of the last one', () => {
    // The first nine tenths follow the past value, in the last one 1 label in 20 does not.
    const random = Random.seeded(8, 'data');
    const rows = sequencesOf(data['a threshold'], 200, 7).map(({ inputs }, r) => ({
      inputs: inputs.map((value) => Number(value > 0.5)),
      labels: Int32Array.from(inputs, (_, t) =>
        r >= 180 && random.uniform() < 0.1 ? random.integer(2) : Number((inputs[t - 1] ?? 0) > 0.5),
      ),
      mask: new Float32Array(T).fill(1),
      length: T,
    }));
    const splits = { names: ['train', 'test'], ofRow: Uint8Array.from(rows, (_, r) => Number(r >= 180)) };
    const doctor = examine(sampleOfSequences(rows, { features: 1, classes: 2, splits }), { depth: 'quick' });
    const whole = doctor.entropies.at(-1)!.nats;
    const last = doctor.judgedEntropies!.at(-1)!;
    // Each of these is a surprise of some nine nats for who has seen the other parts.
    expect(last.nats).toBeGreaterThan(0.35);
    expect(whole).toBeLessThan(0.1);
    expect(last.bestAccuracy).toBeCloseTo(0.95, 1);
    const judged = { ...judgedRows(20, T), part: 'test' as const, sequences: rows.slice(180) };
    const knowsHalf: Predict = (inputs, length) =>
      Float32Array.from({ length: 2 * length }, (_, i) => ((inputs[(i >> 1) - 1] ?? 0) === (i & 1) ? 0.8 : 0.2));
    const report = reportWith({ doctor, judged, predict: knowsHalf, isSplitByOrder: true });
    // It loses more than counting does over the whole data, and less than counting does there.
    expect(report.heldOut.loss).toBeGreaterThan(whole);
    expect(report.reachable).toMatchObject({ source: 'model' });
    expect(report.baselines).toEqual(doctor.judgedEntropies);
    expect(report.verdict).toContain('lower than what counting all other parts of the split explains');
    check(report);
    const guesses: Predict = (inputs, length) => knowsHalf(inputs, length).map((p) => 0.5 + 0.3 * (p - 0.5));
    const worse = reportWith({ doctor, judged, predict: guesses, isSplitByOrder: true });
    expect(worse.reachable).toEqual({ nats: last.nats, source: 'counted' });
    expect(worse.verdict).toContain('explains the labels of this last one down to');
    check(worse);
    const { judgedEntropies: _, ...unknown } = doctor;
    const silent = reportWith({ doctor: unknown, judged, predict: guesses, isSplitByOrder: true });
    expect(silent.verdict).toContain('what counting explains of the part that is judged here is not known');
    expect(silent.reachable).toEqual({ nats: silent.heldOut.loss, source: 'model' });
    check(silent);
  });

  test('class weights tilt probabilities, and are nothing that was not learned', () => {
    const about = data['a threshold'];
    const weights = [3, 0.5];
    const tilted: Predict = (inputs, length) => {
      const all = knowing(0.9)(about)(inputs, length);
      return all.map((p, i) => {
        const [own, other] = [weights[i & 1] * p, weights[1 - (i & 1)] * all[i ^ 1]];
        return own / (own + other);
      });
    };
    const plain = reportWith({});
    const report = reportWith({ predict: tilted, classWeights: weights, before: based(0.2) });
    expect(report.heldOut.loss).toBeGreaterThan(plain.heldOut.loss + 0.05);
    expect(report.withoutClassWeights!.loss).toBeCloseTo(plain.heldOut.loss, 5);
    expect(report.informationUsed).toBeCloseTo(plain.informationUsed, 5);
    expect(report.verdict).toMatch(/^The class weights of the training tilt the probabilities/);
    expect(report.verdict).toContain(`${report.heldOut.loss.toFixed(4)} here, with the class weights`);
    check(report);
    // Equal weights change nothing, and those of a model that does not follow them are not taken out.
    expect(reportWith({ classWeights: [2, 2] })).toEqual(plain);
    const untouched = reportWith({ classWeights: weights });
    expect(untouched.verdict).toContain('does not fall where they are divided');
    expect(untouched.informationUsed).toBe(plain.informationUsed);
    check(untouched);
  });

  test('labels that are all equal', () => {
    const rows = Array.from({ length: 30 }, () => ({ inputs: uniform(Random.seeded(4, 'data'), T) }));
    const labels = new Int32Array(T);
    const mask = new Float32Array(T).fill(1);
    const doctor = examine(
      sampleOfSequences(
        rows.map((row) => ({ ...row, labels, mask, length: T })),
        { features: 1, classes: 2 },
      ),
    );
    check(reportWith({ doctor }));
  });

  test('a model that is a little better than chance on few labels', () => {
    const sure = knowing(0.8)(data['a threshold']);
    const judged = judgedRows(5, 10);
    const hardly: Predict = (inputs, length) =>
      sure(inputs, length).map((p) => (inputs[0] === judged.sequences[0].inputs[0] ? 1 - p : p));
    check(reportWith({ judged, predict: hardly }));
  });

  test('a model that past values move, but do not help', () => {
    const predict: Predict = (inputs, length) =>
      knowing(0.75)(data['a threshold'])(inputs, length).map((p, i, all) =>
        (inputs[(i >> 1) - 5] ?? 0) > 0.5 ? all[i ^ 1] * 0.3 + p * 0.7 : p,
      );
    check(reportWith({ predict }));
  });

  test('a long memory that time does not allow to follow', () => {
    const delayed = { ...data['a threshold'], label: (x: Float32Array, t: number) => Number((x[t - 40] ?? 0) > 0.5) };
    const sequences = sequencesOf(delayed, 30, 2);
    const judged = { ...judgedRows(30, T), sequences };
    const predict = knowing(0.95)(delayed);
    const report = reportWith({ judged, predict, affordableSteps: { memory: 10_000, influence: 1e5 } });
    expect(report.usesPast).toMatchObject({ atLeast: true });
    check(report);
  });
});

describe('of models that were trained', () => {
  test.each<[string, JobSpecInput]>([
    ['the broken program', { preset: 'broken' }],
    ['the working program', { preset: 'working' }],
    ['the mended one', { preset: 'lookback' }],
    ['rows that are too short', { preset: 'lookback', task: { type: 'echo', lag: 60 }, training: { steps: 30 } }],
  ])('%s', async (_, spec) => check(await reportOfTraining({ ...spec, training: { steps: 1500, ...spec.training } })));

  test('handwritten digits, row by row: all rows matter', async () => {
    const text = await readFile(new URL('../fixtures/handwritten-digits/digits.ndjson', import.meta.url), 'utf8');
    const dataset = await datasetOfLines(
      ...text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    );
    const report = await reportOfTraining(
      {
        task: { type: 'dataset', dataset: dataset.sheet.id },
        data: { batchSize: 16, split: { train: 0.6, validation: 0, test: 0.4 } },
        model: { layers: 1, units: 24 },
        optimizer: { type: 'adam', learningRate: 0.02 },
        training: { steps: 500 },
      },
      dataset,
    );
    check(report);
    expect(report.usesPast!.values).toBeGreaterThanOrEqual(5);
    const strongest = report.influence.reduce((a, b) => (b.nats > a.nats ? b : a));
    expect(strongest.lag).toBeGreaterThan(0);
  });

  test('the next character of documentation', async () => {
    const pages = ['api', 'architecture', 'operations', 'data'].map((page) =>
      readFile(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8'),
    );
    const text = (await Promise.all(pages))
      .join(' ')
      .toLowerCase()
      .replace(/[^a-z]+/g, ' ');
    const length = 200;
    const dataset = await datasetOfLines(
      ...Array.from({ length: Math.floor((text.length - 1) / length) }, (_, s) => ({
        x: [...text.slice(s * length, (s + 1) * length)],
        y: [...text.slice(s * length + 1, (s + 1) * length + 1)],
      })),
    );
    const report = await reportOfTraining(
      {
        task: { type: 'dataset', dataset: dataset.sheet.id },
        data: { batchSize: 16, sequenceLength: 64 },
        model: { layers: 1, units: 32 },
        optimizer: { type: 'adam', learningRate: 0.02 },
        training: { steps: 400 },
      },
      dataset,
    );
    check(report);
    expect(report.bitsPerSymbol).toBeCloseTo(report.heldOut.loss / Math.LN2, 9);
    expect(report.usesPast!.values).toBeGreaterThan(0);
  });
});

/** Said by no report of these: what is left of what the doctor or the curves find has tests of its own. */
test('all sentences were said', () => {
  expect(StatementCode.options.filter((code) => !said.has(code))).toEqual([]);
});
