/** What a download says of itself is enough: the two programs of its README.txt, run on raw data, give what /predict gives. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { unzipSync } from 'fflate';
import { expect, it, onTestFinished } from 'vitest';
import { Downloads } from '../../src/checkpoints/download/download.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { trainingData } from '../../src/data/training-data.ts';
import { type GraphInputs, graphInputs } from '../../src/formats/graph-inputs.ts';
import { stackOf } from '../../src/model/description.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { openStore } from '../../src/storage/open.ts';
import { datasetOfLines } from '../data/stores.ts';
import { checkpointOf } from '../support/checkpoints.ts';
import { predictFrom } from '../support/predictions.ts';

const words = [
  { x: ['the', 'cat', 'sat'], y: ['determiner', 'noun', 'verb'] },
  { x: ['the', 'a', 'cat', 'the', 'a'], y: ['determiner', 'determiner', 'noun', 'determiner', 'determiner'] },
  { x: ['sat', 'the', 'sat', 'cat'], y: ['verb', 'determiner', 'verb', 'noun'] },
];
const moves = [
  { x: [0.1, 0.5, 0.9], y: 'up' },
  { x: [0.9, 0.2], y: 'down' },
  { x: [0.4, 0.4, 0.4, 0.4], y: 'still' },
];
const vitals = [
  {
    x: [
      [71.5, 0.98],
      [75, null],
      [110, 0.97],
    ],
    y: ['rest', null, 'walk'],
  },
  {
    x: [
      [66, 0.99],
      [180, 0.91],
    ],
    y: ['rest', 'run'],
  },
  {
    x: [
      [140, 0.93],
      [90, 0.95],
      [60, 1],
    ],
    y: ['run', 'walk', 'rest'],
  },
];

interface Case {
  lines?: object[];
  input: JobSpecInput;
  carriesState?: boolean;
  at?: 'end';
  sequences: unknown[][];
  expected: object;
}

const cases: [string, Case][] = [
  [
    'strings, unknown ones with a place of their own',
    {
      lines: words,
      input: { data: { unknown: 'unk' } },
      sequences: [
        ['the', 'cat', 'sat'],
        ['a', 'dog'],
      ],
      expected: {
        input: { kind: 'strings', shape: ['batch', 'time', 5], unknownPlace: 4 },
        output: { labels: ['determiner', 'noun', 'verb'] },
      },
    },
  ],
  [
    'strings, unknown ones refused',
    {
      lines: words,
      input: {},
      sequences: [['the', 'cat', 'sat', 'a']],
      expected: { input: { kind: 'strings', unknownPlace: null }, initialState: { rule: 'zero' } },
    },
  ],
  [
    'numbers that are scaled, one of them missing',
    {
      lines: vitals,
      input: {},
      sequences: [
        [
          [71.3, 0.98],
          [75, null],
        ],
        [[200, 0.9]],
      ],
      expected: { input: { kind: 'numbers' }, output: { labels: ['rest', 'run', 'walk'] } },
    },
  ],
  [
    'labels of whole sequences',
    {
      lines: moves,
      input: {},
      at: 'end',
      sequences: [[0.2, 0.3, 0.1], [0.7]],
      expected: {
        input: { padding: null },
        output: { at: 'end', shape: ['batch', 3], labels: ['down', 'still', 'up'] },
      },
    },
  ],
  [
    'a built-in task whose rows carry their state',
    {
      input: { preset: 'working' },
      carriesState: true,
      sequences: [[0, 0, 1, 0, 1, 1], [1]],
      expected: { output: { labels: [0, 1, 2, 3] }, initialState: { rule: 'given' } },
    },
  ],
];

const taken = cases.flatMap(([name, one]) =>
  graphInputs.map((inputs): [string, GraphInputs, Case] => [`${name}; the network takes them ${inputs}`, inputs, one]),
);

it.each(taken)('%s', async (_, inputs, { lines, input, carriesState = false, at, sequences, expected }) => {
  const folder = await mkdtemp(join(tmpdir(), 'lookback-download-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const dataset = lines && (await datasetOfLines(...lines));
  const task = dataset && ({ type: 'dataset', dataset: dataset.sheet.id } as const);
  const { encoding } = trainingData(resolveJobSpec(task ? { ...input, task } : input), dataset);
  const model = stackOf({
    features: encoding.inputs.features,
    units: [5, 4],
    classes: encoding.labels?.length ?? 4,
    at,
  });
  const blobs = await openStore(folder);
  const store = new CheckpointStore(blobs);
  const random = Random.seeded(3, 'data');
  const carried = Float32Array.from({ length: stateLength(model, 7) }, () => 2 * random.uniform() - 1);
  const checkpoint = checkpointOf(1, 1, model);
  const trainer = { ...checkpoint.trainer, carried: carriesState ? carried : new Float32Array(0) };
  await store.save('job_1', { ...checkpoint, carriesState, encoding, trainer });

  const { stream, bytes } = await new Downloads(blobs).open(
    'job_1',
    1,
    { format: 'tfjs', inputs, lengths: false, state: false },
    {
      job: 'job_1',
      createdAt: '',
      spec: null,
    },
  );
  const zip = await buffer(stream());
  expect(zip.length).toBe(bytes);
  const files = unzipSync(zip);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  expect(JSON.parse(Buffer.from(files['encoding.json']).toString())).toMatchObject(expected);
  expect(JSON.parse(Buffer.from(files['encoding.json']).toString()).input.takes).toBe(inputs);

  const { predictions: ours } = await predictFrom(store, 'job_1', sequences);
  await symlink(new URL('../../node_modules', import.meta.url).pathname, join(folder, 'node_modules'));
  const readme = Buffer.from(files['README.txt']).toString();
  for (const [program, name] of [
    [process.execPath, 'predict.mjs'],
    ['python3', 'predict.py'],
  ]) {
    const [, source] = readme.split(`---- ${name} ----\n`);
    await writeFile(join(folder, name), source.slice(0, source.indexOf('---- end ----')));
    const run = spawnSync(program, [name], { cwd: folder, input: JSON.stringify(sequences), encoding: 'utf8' });
    expect(run.stderr).not.toMatch(/error/i);
    const theirs: (number[] | number[][])[] = JSON.parse(run.stdout.slice(run.stdout.lastIndexOf('\n[[') + 1));
    for (const [s, { probabilities = [] }] of ours.entries()) {
      expect(theirs[s]).toHaveLength(probabilities.length);
      const [expected, actual]: number[][] = [probabilities.flat(), theirs[s].flat()];
      expect(expected.length).toBeGreaterThan(0);
      expect(actual).toHaveLength(expected.length);
      for (const [n, p] of expected.entries()) {
        expect(Math.abs(actual[n] - p), `${name} ${s} ${n}`).toBeLessThan(1e-5);
      }
    }
  }
});
