/** Datasets whose sequences have one label each: how they are uploaded, shown, told apart, and what a job over them is. */
import { expect, it } from 'vitest';
import { datasetFacts } from '../../src/data/datasets/dataset.ts';
import { parseSheet } from '../../src/data/datasets/sheet.ts';
import { trainingData } from '../../src/data/training-data.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { sampleOfDataset } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { keptLengths, partOf } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { limits } from '../../src/platform/limits.ts';
import { completeSpec } from '../../src/spec/completion.ts';
import { modelOf } from '../../src/spec/described-model.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { datasetOfLines, ndjson, temporaryStore, upload } from './stores.ts';

const walks = [
  { x: [1, 2, 3], y: 'walking' },
  { x: [9], y: 'resting' },
  { x: [4, 5], y: 'walking' },
];

it('lie on the last steps, and the sheet says so', async () => {
  const dataset = await datasetOfLines(...walks);
  expect([...dataset.labels]).toEqual([-1, -1, 1, 0, -1, 1]);
  expect(dataset.sheet).toMatchObject({ sequences: 3, steps: 6, labelled: 3 });
  expect(dataset.sheet.labels).toMatchObject({ at: 'end', names: ['resting', 'walking'], counts: [1, 2] });
});

it('are shown as they were uploaded, also where the sequence is cut', async () => {
  const { store } = await temporaryStore();
  const long = { x: Array(limits.previewSteps + 5).fill(1), y: 7 };
  const { sheet } = await upload(store, ndjson({ x: [1, 2], y: 3 }, long));
  const shown = await store.preview(sheet.id, 2);
  expect(shown[0]).toEqual({ length: 2, x: [1, 2], y: 3 });
  expect(shown[1]).toEqual({ length: limits.previewSteps + 5, x: Array(limits.previewSteps).fill(1), y: 7 });
});

it('make another dataset than the same labels on the last steps, whose id stays what it was', async () => {
  const { store } = await temporaryStore();
  const steps = [
    { x: [1, 2], y: [null, 3] },
    { x: [5], y: [4] },
  ];
  const onSteps = await upload(store, ndjson(...steps));
  const atEnd = await upload(store, ndjson({ x: [1, 2], y: 3 }, { x: [5], y: 4 }));
  expect(atEnd.status).toBe('created');
  expect(onSteps.sheet.id).toBe('ds_c9bdef6a9122ccdb7d02701a');
});

it('are not expected of a sheet from before there were any', async () => {
  const { sheet } = await datasetOfLines({ x: [1], y: [0] });
  const { at: _, ...labels } = sheet.labels;
  expect(parseSheet(sheet.id, JSON.stringify({ ...sheet, labels })).labels.at).toBe('every-step');
});

it.each([
  [
    'a list after one label',
    [
      { x: [1], y: 1 },
      { x: [1], y: [1] },
    ],
    'line 2, y',
    'must be one label for the whole sequence, as at line 1',
  ],
  [
    'one label after a list',
    [
      { x: [1], y: [1] },
      { x: [1], y: 1 },
    ],
    'line 2, y',
    'must be a list with a label for each step, as at line 1',
  ],
  ['a mask', [{ x: [1], y: 1, mask: [1] }], 'line 1, mask', 'leave the mask out'],
  ['no target', [{ x: [1], y: '-' }], 'line 1, y', 'leave out a sequence that has none'],
  ['null', [{ x: [1], y: null }], 'line 1, y', 'or one label for the whole sequence, but is null'],
  ['a fraction', [{ x: [1], y: 1.5 }], 'line 1, y', 'must be an integer'],
  [
    'a long string',
    [{ x: [1], y: 'y'.repeat(limits.datasetText + 1) }],
    'line 1, y',
    `at most ${limits.datasetText} characters`,
  ],
  [
    'a string after a number',
    [
      { x: [1], y: 1 },
      { x: [1], y: 'a' },
    ],
    'line 2, y',
    'must be an integer, as the labels before it',
  ],
])('are refused where there is %s', async (_, lines, path, message) => {
  const { store } = await temporaryStore();
  const refused = await upload(store, ndjson(...lines)).catch((error) => error);
  expect(refused.issues).toEqual([{ path, message: expect.stringContaining(message) }]);
});

const lengthsOf = (...lengths: number[]) => lengths.map((length, s) => ({ x: Array(length).fill(s), y: s % 2 }));

async function jobOver(lines: object[], input: JobSpecInput) {
  const dataset = await datasetOfLines(...lines);
  const facts = datasetFacts(dataset.sheet, dataset.offsets);
  const task = { type: 'dataset', dataset: facts.id } as const;
  const spec = completeSpec(resolveJobSpec({ ...input, task }), facts);
  return { spec, facts, dataset };
}

it('make a model with its head at the end, and rows that reach it', async () => {
  const { spec, facts, dataset } = await jobOver(lengthsOf(70, 3, 60), { data: { batchSize: 2 } });
  expect(modelOf(spec, facts).head).toEqual({ classes: 2, at: 'end' });
  expect(spec.data.sequenceLength).toBe(70);
  expect(completeSpec(spec, facts)).toEqual(spec);
  const { source, carryState } = trainingData(spec, dataset);
  expect(carryState).toBe(false);
  for (let n = 0; n < 6; n++) {
    const { mask } = source.next();
    expect(mask.some((weight) => weight > 0)).toBe(true);
  }
});

it('keep rows of another length than the default, where that is enough', async () => {
  const { spec } = await jobOver(lengthsOf(5, 3), { data: { sequenceLength: 10 } });
  expect(spec.data.sequenceLength).toBe(10);
});

it.each([
  [{ data: { sequenceLength: 10 } }, lengthsOf(70, 3), 'data.sequenceLength', 'give at least 70, or leave it out'],
  [{}, lengthsOf(limits.sequenceLength + 1), 'task.dataset', `at most ${limits.sequenceLength}: upload shorter`],
] satisfies [JobSpecInput, object[], string, string][])(
  'are not cut off from their inputs (%#)',
  async (input, lines, path, message) => {
    const refused = await jobOver(lines, input).catch((error) => error);
    expect(refused.issues).toMatchObject([{ path, message: expect.stringContaining(message) }]);
  },
);

it('are not cut off from their inputs where the doctor examines a part', async () => {
  const lengths = new Int32Array(5).fill(2_000);
  expect([...keptLengths(lengths, 5_000, true)]).toEqual([2_000, 2_000]);
  const { sample } = partOf(sampleOfDataset(await datasetOfLines(...lengthsOf(2_000, 2_000, 2_000))), 5_000);
  expect([...sample.starts]).toEqual([0, 2_000, 4_000]);
  expect([...sample.mask].filter(Boolean)).toHaveLength(2);
});

/** A class tells which symbol comes last; uploaded class by class, the rows beside one tell as much. */
function sortedByClass(length: number) {
  const random = Random.seeded(1, 'data');
  return Array.from({ length: 2_000 }, (_, s) => {
    const y = s < 1_000 ? 0 : 1;
    return { x: Array.from({ length }, () => (random.uniform() < 0.9 ? y : 1 - y)), y };
  });
}

it('that were uploaded class by class are not taken for swapped axes, nor short sequences for cut rows', async () => {
  for (const length of [2, 12]) {
    const report = examine(sampleOfDataset(await datasetOfLines(...sortedByClass(length))));
    expect(report.steps).toBe(2_000);
    expect(report.findings.map(({ code }) => code)).toEqual([]);
    expect(report.entropies[1].nats).toBeCloseTo(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1), 1);
  }
});
