/** The report over models whose knowledge is known, because a test trained or made them so. */
import { describe, expect, test } from 'vitest';
import { trainingData } from '../../src/data/training-data.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { type Judged, judgedOf } from '../../src/diagnosis/report/figures/judged.ts';
import { Calibration, type Predict } from '../../src/diagnosis/report/figures/scores.ts';
import { makeReport } from '../../src/diagnosis/report/report.ts';
import { Report } from '../../src/diagnosis/report/report-schema.ts';
import { sampleOfDataset } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { sampleOfSpec } from '../../src/diagnosis/sampling/sample.ts';
import { type JobSpec, type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { datasetOfLines } from '../data/stores.ts';

/**
 * A model of digits that knows the last `values` of them and, as a trained one, gives a little to all other classes:
 * uniform over the classes that fit. `sure` is what it gives to those together.
 */
function modelOf(values: number, base: number, order: number, sure = 0.999): Predict {
  const classes = base ** (order + 1);
  const known = base ** values;
  return (inputs, length) => {
    const probabilities = new Float32Array(length * classes);
    let context = 0;
    for (let t = 0; t < length; t++) {
      context = 0;
      for (let k = values - 1; k >= 0; k--) context = context * base + (t >= k ? inputs[t - k] : 0);
      const fits = classes / known;
      for (let c = 0; c < classes; c++) {
        const isFit = c % known === context;
        probabilities[t * classes + c] = isFit ? sure / fits : fits < classes ? (1 - sure) / (classes - fits) : 0;
      }
    }
    return probabilities;
  };
}

/** A model that is sure of the value so many steps back; of two symbols, the second feature says which. */
const echoOf =
  (lag: number, features = 2): Predict =>
  (inputs, length) => {
    const probabilities = new Float32Array(2 * length).fill(1e-4);
    for (let t = 0; t < length; t++) {
      const value = t < lag ? 0 : inputs[(t - lag + 1) * features - 1];
      probabilities[2 * t + value] = 1 - 1e-4;
    }
    return probabilities;
  };

function testOf(spec: JobSpec): Judged {
  return judgedOf(trainingData(spec).heldOut('test')!);
}

function reportOf(input: JobSpecInput, predict: Predict): Report {
  const spec = resolveJobSpec(input);
  return Report.parse(makeReport({ predict, judged: testOf(spec), doctor: examine(sampleOfSpec(spec)), seed: 1 }));
}

describe('the verdict', () => {
  test('broken: no past value, the neighbours on the batch axis, the patch', () => {
    const report = reportOf({ preset: 'broken' }, modelOf(1, 2, 1));
    expect(report.order).toBe(0);
    expect(report.verdict).toMatch(/uses no past value/);
    expect(report.verdict).toMatch(/neighbours in time lie on the batch axis/);
    expect(report.verdict).toMatch(/Apply the patch: the layout batch-major, rows of 50 steps/);
    expect(report.informationUsed).toBeCloseTo(0.5, 2);
    expect(report.findings.map(({ code }) => code)).toEqual(['axes-swapped']);
  });

  test('working: one past value, nearly all, and the floor', () => {
    const report = reportOf({ preset: 'working' }, modelOf(2, 2, 1, 0.96));
    expect(report.order).toBe(1);
    expect(report.verdict).toMatch(/uses 1 past value and nearly all \(9\d %\)/);
    expect(report.verdict).toMatch(/1 step in 50 .* the loss cannot fall below 0\.0139\./);
    expect(report.effectiveMemory).toBe(1);
  });

  test('lookback: one past value, 100 %', () => {
    const report = reportOf({ preset: 'lookback' }, modelOf(2, 2, 1));
    expect(report.verdict).toMatch(/uses 1 past value and all \(100 %\)/);
    expect(report).toMatchObject({ order: 1, effectiveMemory: 1, heldOut: { accuracy: 1 } });
  });

  test('a model that has stopped halfway is told what it lacks', () => {
    const task = { type: 'binary-digits', base: 2, order: 3 } as const;
    const report = reportOf({ preset: 'lookback', task }, modelOf(2, 2, 3));
    expect(report.order).toBe(1);
    expect(report.verdict).toMatch(/uses 1 past value of the 3 that labels need and 50 %/);
  });

  test('a model that guesses has learned nothing', () => {
    const report = reportOf({ preset: 'lookback' }, modelOf(0, 2, 1));
    expect(report).toMatchObject({ order: 0, informationUsed: 0, effectiveMemory: 0 });
    expect(report.verdict).toMatch(/has learned nothing/);
  });
});

describe('influence by lag', () => {
  test('of a sure model is ln(2) times the chance that the value changes, up to its order, and then nothing', () => {
    const task = { type: 'binary-digits', base: 3, order: 2 } as const;
    const { influence, effectiveMemory } = reportOf({ preset: 'lookback', task }, modelOf(3, 3, 2, 1));
    expect(influence.map(({ lag }) => lag)).toEqual([0, 1, 2, 3]);
    // Another value in two draws of three; 400 draws have a standard error of 0.016.
    for (const { nats } of influence.slice(0, 3)) expect(Math.abs(nats - (2 / 3) * Math.log(2))).toBeLessThan(0.06);
    expect(influence[3].nats).toBe(0);
    expect(effectiveMemory).toBe(2);
  });

  test('does not stop at the first lag without any', () => {
    const task = { type: 'echo', lag: 20, symbols: 2 } as const;
    const report = reportOf({ preset: 'lookback', task }, echoOf(20));
    expect(report.influence).toHaveLength(22);
    expect(report.influence[20].nats).toBeGreaterThan(0.3);
    expect(report.usesPast).toMatchObject({ values: 20, low: 20, high: 20, atLeast: false });
    expect(report.verdict).toMatch(/uses 20 past values and all/);
  });

  test('of values that do not help is told apart from their use', () => {
    const report = reportOf({ preset: 'lookback', task: { type: 'binary-digits', base: 2, order: 0 } }, echoOf(20, 1));
    expect(report).toMatchObject({ order: 0, effectiveMemory: 0 });
    expect(report.influence[20].nats).toBeGreaterThan(0.3);
  });
});

describe('scores', () => {
  test('by class, position and pair of classes add up to those of all steps', () => {
    const { heldOut, perClass, perPosition, confusion } = reportOf({ preset: 'working' }, modelOf(2, 2, 1, 0.9));
    expect(perClass).toHaveLength(4);
    expect(perPosition).toHaveLength(50);
    const total = (list: { steps: number }[]) => list.reduce((sum, { steps }) => sum + steps, 0);
    expect(total(perClass)).toBe(heldOut.steps);
    expect(total(perPosition)).toBe(heldOut.steps);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(heldOut.steps);
    for (const { class: c, steps, accuracy } of perClass) expect(confusion[c][c]).toBeCloseTo(steps * accuracy, 6);
    const mean = perClass.reduce((sum, { steps, loss }) => sum + steps * loss, 0) / heldOut.steps;
    expect(mean).toBeCloseTo(heldOut.loss, 9);
    // Only at a row's first step does the model not know the value before.
    expect(perPosition[0].accuracy).toBeCloseTo(0.5, 1);
    expect(perPosition[1].accuracy).toBe(1);
  });

  test('calibration error is the gap between confidence and accuracy', () => {
    const calibration = new Calibration();
    for (let n = 0; n < 100; n++) calibration.add(0.9, n < 60);
    for (let n = 0; n < 300; n++) calibration.add(0.5, n < 150);
    expect(calibration.error()).toBeCloseTo(0.25 * 0.3, 12);
  });
});

test('classes go by their names, in the report and in what the doctor finds', async () => {
  const spec = resolveJobSpec({ preset: 'lookback' });
  const names = { labels: ['a', 'b', 'c', 'd'], features: ['bit'] };
  const doctor = examine(sampleOfSpec(spec));
  const report = Report.parse(makeReport({ predict: modelOf(2, 2, 1), judged: testOf(spec), doctor, seed: 1, names }));
  expect(report).toMatchObject(names);
  expect(report.perClass.map(({ label }) => label)).toEqual(names.labels);
  const lines = Array.from({ length: 30 }, (_, s) => ({ x: [s, s % 7, 1], y: ['rest', 'rest', 'rest'] }));
  const { findings } = examine(sampleOfDataset(await datasetOfLines(...lines)));
  expect(findings[0]).toMatchObject({ code: 'constant-label', evidence: { class: 0, label: 'rest' } });
  expect(findings[0].message).toContain('class 0 ("rest")');
});

describe('what is judged', () => {
  test('is a named part, with its size', () => {
    expect(reportOf({ preset: 'working' }, modelOf(2, 2, 1)).heldOut).toMatchObject({
      part: 'test',
      sequences: 7,
      sequencesInPart: 7,
    });
  });

  test('are sequences from all of the part where time is short; a lane is cut, and warms up', () => {
    const heldOut = trainingData(resolveJobSpec({ preset: 'broken' })).heldOut('test')!;
    const lengths = (steps: number) => judgedOf(heldOut, steps).sequences.map(({ labels }) => labels.length);
    expect(lengths(4000)).toEqual(Array(20).fill(200));
    expect(lengths(100)).toEqual(Array(20).fill(64));
    expect(judgedOf(heldOut, 1)).toMatchObject({ part: 'test', sequencesInPart: 50, rowLength: 2, warmUp: 32 });
  });

  test('are evenly spread over many sequences', () => {
    const heldOut = trainingData(resolveJobSpec({ preset: 'lookback' })).heldOut('test')!;
    const all = judgedOf(heldOut).sequences;
    const some = judgedOf(heldOut, heldOut.steps / 4);
    expect(some.sequences).toHaveLength(Math.floor(all.length / 4));
    const places = some.sequences.map(({ inputs }) =>
      all.findIndex((one) => one.inputs.every((x, i) => x === inputs[i])),
    );
    for (const [n, place] of places.entries()) expect(Math.abs(place - 4 * n)).toBeLessThan(8);
  });
});

describe('how many past values', () => {
  const task = { type: 'echo', lag: 20, symbols: 2 } as const;

  test('is "at least" where more could not be afforded, and never a number that was cut off', () => {
    const spec = resolveJobSpec({ preset: 'lookback', task });
    const request = { judged: testOf(spec), doctor: examine(sampleOfSpec(spec)), seed: 1 };
    const affordableSteps = { memory: 5000, influence: 1e6 };
    const report = makeReport({ predict: echoOf(20), ...request, affordableSteps });
    expect(report.usesPast).toMatchObject({ atLeast: true });
    expect(report.usesPast!.values).toBeLessThan(20);
    expect(report.verdict).toMatch(/uses at least \d+ past values?: with so many it has not yet all/);
  });

  test('is not said where nothing could be afforded', () => {
    const spec = resolveJobSpec({ preset: 'lookback', task });
    const request = { judged: testOf(spec), doctor: examine(sampleOfSpec(spec)), seed: 1 };
    const report = makeReport({ predict: echoOf(20), ...request, affordableSteps: { memory: 10, influence: 10 } });
    expect(report.usesPast).toBeUndefined();
    expect(report.verdict).toMatch(/was not measured/);
  });

  test('of a model of lanes is not mistaken for the zero state that it does not know', () => {
    // Right from the second step on; lost on the first, as a model that never met the zero state.
    const present = modelOf(1, 2, 1);
    const lost: Predict = (inputs, length) => {
      const probabilities = present(inputs, length);
      probabilities.set([0.97, 0.01, 0.01, 0.01], 0);
      return probabilities;
    };
    expect(reportOf({ preset: 'broken' }, lost)).toMatchObject({ order: 0, usesPast: { values: 0 } });
  });
});
