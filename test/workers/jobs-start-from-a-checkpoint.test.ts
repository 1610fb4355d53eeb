/** `initFrom`: a job starts from the weights of any checkpoint, of which it has a copy of its own. */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LookbackClient } from '../../src/client/client.ts';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import { Cluster } from '../../testing/cluster.ts';
import { checkpointsOf, followToEnd } from '../support/cluster.ts';

const dist = new URL('../../dist/', import.meta.url);
/** So small that no float32 weight changes by it. */
const nothing = 1e-30;
const source: JobSpecInput = {
  engine: 'simd',
  model: { layers: 2, units: 6 },
  data: { batchSize: 8, sequenceLength: 20 },
  optimizer: { type: 'adam', learningRate: 0.02 },
  training: { steps: 200, reportEvery: 100, checkpointEvery: 100, evaluateEvery: 100 },
};
/** A training that changes nothing. */
const still: JobSpecInput = {
  ...source,
  optimizer: { type: 'adam', learningRate: nothing },
  training: { steps: 1, reportEvery: 1, checkpointEvery: 1, evaluateEvery: 1 },
};

let cluster: Cluster;
let client: LookbackClient;
let from: string;

beforeAll(async () => {
  cluster = await Cluster.start({ apis: 1, workers: 1, dist });
  client = cluster.client;
  from = (await client.submit(source)).id;
  await followToEnd(client, from);
});
afterAll(() => cluster.close());

const checkpoints = (job: string) => checkpointsOf(cluster.apis[0].url, job);

async function trained(spec: JobSpecInput): Promise<string> {
  const { id } = await client.submit(spec);
  await followToEnd(client, id);
  expect(await client.job(id)).toMatchObject({ status: 'succeeded' });
  return id;
}

const refusal = (spec: JobSpecInput) =>
  client.submit(spec).then(
    () => [],
    ({ errors }) => errors,
  );

describe.each(['simd', 'tensorflow'] as const)('on the engine %s', (engine) => {
  test('the first evaluation is that of the source, to the bit', async () => {
    const id = engine === 'simd' ? from : await trained({ ...source, engine });
    const [, last] = await checkpoints(id);
    const next = await trained({ ...still, engine, initFrom: { job: id } });
    const [first] = await checkpoints(next);
    expect(first).toMatchObject({ step: 1, heldOutLoss: last.heldOutLoss, sha256: last.sha256 });
    const takes = ['training.seed'];
    expect((await client.job(next)).spec!.initFrom).toEqual({ job: id, checkpoint: 200, sha256: last.sha256, takes });
    const report = await client.report(next);
    expect(report.startedFrom).toEqual({ job: id, step: 200, sha256: last.sha256 });
    expect(report.comparison).toMatchObject({ job: id, paired: true, loss: report.heldOut.loss, standardError: 0 });
    expect(report.verdict).toContain(`The training started from the weights of step 200 of job ${id}.`);
  });
});

test('engines start from the same bits', async () => {
  const [, last] = await checkpoints(from);
  const [first] = await checkpoints(await trained({ ...still, engine: 'tensorflow', initFrom: { job: from } }));
  expect(first.sha256).toBe(last.sha256);
  expect(first.heldOutLoss).toBeCloseTo(last.heldOutLoss!, 6);
});

test.each([
  ['two-layers.keras', { type: 'binary-digits' }, [0, 1, 1, 0]],
  [
    'torch.safetensors',
    { type: 'adding', classes: 3, length: 10 },
    [
      [0.5, 1],
      [0.25, 0],
    ],
  ],
] as const)(
  'a training starts from a file of others, %s, and predicts the same to the bit',
  async (name, task, sequence) => {
    const file = path.resolve(import.meta.dirname, '../fixtures/models', name);
    const { id } = await client.importModel(await readFile(file));
    const said = async (job: string) => (await client.predict(job, [sequence as never])).predictions;
    const next = await trained({ ...still, model: undefined, task, initFrom: { job: id } });
    expect(await said(next)).toEqual(await said(id));
    const learnt = await trained({ ...source, model: undefined, task, initFrom: { job: id } });
    expect(await said(learnt)).not.toEqual(await said(id));
    const [{ sha256 }] = await checkpoints(id);
    expect((await client.report(learnt)).startedFrom).toEqual({ job: id, step: 0, sha256 });
  },
);

test('the training goes on from there, and ends in the same bits each time', async () => {
  const [first, last] = await checkpoints(from);
  const spec: JobSpecInput = { ...source, initFrom: { job: from, checkpoint: first.step } };
  const [a, b] = [await trained(spec), await trained(spec)];
  const [of, again] = [await checkpoints(a), await checkpoints(b)];
  expect(of.map(({ sha256 }) => sha256)).toEqual(again.map(({ sha256 }) => sha256));
  // Its Adam and its data begin anew: it is not the run that it started from.
  expect(of[0].sha256).not.toBe(last.sha256);
  expect(of[1].heldOutLoss).toBeLessThan(first.heldOutLoss!);
});

test('what an alias stands for, `best`, or a step, whose hash may be demanded', async () => {
  const [first, last] = await checkpoints(from);
  await client.setAlias('start', { job: from, checkpoint: 100 });
  const tried = async (initFrom: NonNullable<JobSpecInput['initFrom']>) =>
    (await client.validate({ ...source, initFrom })).spec.initFrom;
  expect(await tried({ model: 'start' })).toEqual({
    job: from,
    checkpoint: 100,
    sha256: first.sha256,
    takes: ['training.seed'],
  });
  expect(await tried({ job: from, checkpoint: 'best' })).toMatchObject({ checkpoint: 200 });
  expect(await tried({ job: from, checkpoint: 200, sha256: last.sha256 })).toMatchObject({ checkpoint: 200 });
  await client.removeAlias('start');
  expect(await refusal({ ...source, initFrom: { job: from, checkpoint: 200, sha256: first.sha256 } })).toEqual([
    expect.objectContaining({ path: 'initFrom.sha256' }),
  ]);
});

test('what a spec leaves out is that of the job of the checkpoint, and the answer says so', async () => {
  const seeded = await trained({
    ...still,
    model: { layers: 1, units: [3], forgetBias: 2 },
    training: { ...still.training, seed: 42 },
  });
  const tried = async (spec: JobSpecInput) => (await client.validate({ initFrom: { job: seeded }, ...spec })).spec;
  const all = await tried({});
  expect(all.model).toEqual({ type: 'lstm', layers: 1, units: [3], forgetBias: 2 });
  expect(all.training.seed).toBe(42);
  expect(all.initFrom?.takes).toEqual(['model', 'training.seed']);
  // The spec as it was answered gives both: it asks for the same, and leaves nothing out.
  const again = await tried(all);
  expect({ ...again, initFrom: null }).toEqual({ ...all, initFrom: null });
  expect(again.initFrom?.takes).toBeUndefined();
  const ofItsOwn = await tried({ training: { seed: 7 }, model: { layers: 1, units: 3 } });
  expect([ofItsOwn.training.seed, ofItsOwn.model.forgetBias, ofItsOwn.initFrom?.takes]).toEqual([7, 1, undefined]);
  // A preset says what its model is.
  expect((await refusal({ preset: 'working', initFrom: { job: seeded } }))[0].path).toBe('initFrom');
  const job = await trained({ ...still, model: undefined, initFrom: { job: seeded } });
  expect((await client.job(job)).spec).toMatchObject({ model: { units: [3] }, training: { seed: 42 } });
});

test('what cannot be gone on from is refused, layer by layer, and leaves nothing behind', async () => {
  const before = await readdir(path.join(cluster.data, 'checkpoints'));
  const paths = async (spec: JobSpecInput) => (await refusal(spec)).map(({ path: at }: { path: string }) => at);
  expect(await paths({ initFrom: { job: 'job_none' } })).toEqual(['initFrom.job']);
  expect(await paths({ initFrom: { model: 'nobody' } })).toEqual(['initFrom.model']);
  expect(await paths({ ...source, initFrom: { job: from, checkpoint: 150 } })).toEqual(['initFrom.checkpoint']);
  expect(await paths({ ...source, initFrom: {} })).toEqual(['initFrom.job']);
  const wider = await refusal({ ...source, model: { layers: 2, units: [6, 7] }, initFrom: { job: from } });
  expect(wider.map(({ message }: { message: string }) => message)).toEqual([
    `is step 200 of ${from}, but the kernel of layer 2 (lstm) is [6,24] there and [6,28] in this job`,
    `is step 200 of ${from}, but the recurrent kernel of layer 2 (lstm) is [6,24] there and [7,28] in this job`,
    `is step 200 of ${from}, but the bias of layer 2 (lstm) is [24] there and [28] in this job`,
    `is step 200 of ${from}, but the kernel of the softmax layer is [6,4] there and [7,4] in this job`,
    `is step 200 of ${from}, but this job has to have its shape: set model.layers to 2 and model.units to 6`,
  ]);
  const deeper = await refusal({ ...source, model: { layers: 3, units: 6 }, initFrom: { job: from } });
  expect(deeper[0].message).toContain('has 2 layers, and this job 3 layers');
  expect(deeper[1].message).toContain('set model.layers to 2 and model.units to 6');
  expect(await readdir(path.join(cluster.data, 'checkpoints'))).toEqual(before);
});

test('over a dataset, inputs are encoded as they were for the source', async () => {
  const lines = (scale: number, labels: string[]) =>
    Array.from({ length: 40 }, (_, s) => ({
      x: Array.from({ length: 12 }, (_, t) => scale * (((s * 7 + t * 5) % 13) + 1)),
      y: Array.from({ length: 12 }, (_, t) => labels[((s * 7 + t * 5) % 13) % labels.length]),
    }));
  const upload = async (scale: number, labels: string[]) => {
    const text = lines(scale, labels).map((line) => `${JSON.stringify(line)}\n`);
    return (await client.uploadDataset(text.join(''), { format: 'ndjson' })).id;
  };
  const over = (dataset: string): JobSpecInput => ({
    engine: 'simd',
    task: { type: 'dataset', dataset },
    model: { layers: 1, units: 4 },
    training: { steps: 20, reportEvery: 10, checkpointEvery: 20 },
  });
  const small = await trained(over(await upload(1, ['low', 'high'])));
  const large = await upload(10, ['low', 'high']);
  const next = await trained({ ...over(large), initFrom: { job: small } });
  const { input } = await encodingOf(small);
  expect((await encodingOf(next)).input).toEqual(input);
  expect((await client.job(next)).spec!.data.standardize).toBe(true);
  const fresh = await trained(over(large));
  expect((await encodingOf(fresh)).input).not.toEqual(input);

  const messages = async (spec: JobSpecInput) =>
    (await refusal(spec)).map(({ path: at, message }: { path: string; message: string }) => `${at} ${message}`);
  const named = { ...over(await upload(1, ['up', 'high'])), initFrom: { job: small } };
  expect(await messages(named)).toEqual([
    expect.stringContaining('the dataset has the label "up" that the model does not know'),
  ]);
  const words = JSON.stringify({ x: ['a', 'b', 'a'], y: ['low', 'high', 'low'] });
  const { id: strings } = await client.uploadDataset(`${words}\n`.repeat(40), { format: 'ndjson' });
  expect(await messages({ ...over(strings), initFrom: { job: small } })).toContain(
    `initFrom is step 20 of ${small}, but the dataset holds strings, where the model was trained on numbers`,
  );
  const raw = { ...over(large), data: { standardize: false }, initFrom: { job: small } };
  expect(await messages(raw)).toEqual([expect.stringMatching(/^data\.standardize is false, but with initFrom/)]);
  expect(await messages({ ...source, initFrom: { job: small } })).toEqual([
    expect.stringContaining('standardised numbers'),
    expect.stringContaining('its classes have names'),
  ]);
});

test('what the source may have trained on is no measure: the report says so, and compares nothing', async () => {
  const lines = Array.from({ length: 60 }, (_, s) => {
    const x = Array.from({ length: 10 }, (_, t) => (s * 7 + t * 5) % 13);
    return `${JSON.stringify({ x, y: x.map((value) => Number(value > 6)) })}\n`;
  });
  const { id: dataset } = await client.uploadDataset(lines.join(''), { format: 'ndjson' });
  const over = (seed: number, rest: JobSpecInput = {}): JobSpecInput => ({
    engine: 'simd',
    task: { type: 'dataset', dataset },
    model: { layers: 1, units: 4 },
    training: { steps: 20, reportEvery: 10, checkpointEvery: 20, seed },
    ...rest,
  });
  const split = { train: 0.5, validation: 0.2, test: 0.3 };
  const first = await trained(over(1, { data: { split } }));
  const said = async (job: string) => {
    const { statements, comparison } = await client.report(job);
    return { first: statements![0].codes[0], compared: comparison?.job };
  };
  const same = await trained(over(1, { initFrom: { job: first } }));
  expect((await client.job(same)).spec).toMatchObject({ data: { split }, initFrom: { takes: ['data.split'] } });
  expect(await said(same)).toMatchObject({ compared: first });
  expect((await said(same)).first).not.toBe('trained-before');

  const flattered = { first: 'trained-before', compared: undefined };
  const moved = await trained(over(2, { initFrom: { job: first } }));
  expect(await said(moved)).toEqual(flattered);
  const other = { train: 0.8, validation: 0.1, test: 0.1 };
  const resplit = await trained(over(1, { data: { split: other }, initFrom: { job: same } }));
  expect((await client.job(resplit)).spec!.initFrom!.takes).toBeUndefined();
  expect(await said(resplit)).toEqual(flattered);
  // Once more on the split of the first: what the job between them trained on stays in the weights.
  const back = await trained(over(1, { data: { split }, initFrom: { job: moved }, basedOn: first }));
  expect(await said(back)).toEqual(flattered);
});

test('a model that goes on with new data is compared with itself before, on the same sequences', async () => {
  const upload = async (from: number, count: number) => {
    const lines = Array.from({ length: count }, (_, s) => {
      const x = Array.from({ length: 10 }, (_, t) => ((s + from) * 0.618034 + t * 0.61) % 1);
      return `${JSON.stringify({ x, y: x.map((value) => Number(value > 0.5)) })}\n`;
    });
    return (await client.uploadDataset(lines.join(''), { format: 'ndjson' })).id;
  };
  const over = (dataset: string, rest: JobSpecInput = {}): JobSpecInput => ({
    engine: 'simd',
    task: { type: 'dataset', dataset },
    data: { split: { train: 0.5, validation: 0, test: 0.5 } },
    model: { layers: 1, units: 4 },
    training: { steps: 100, reportEvery: 50, checkpointEvery: 100 },
    ...rest,
  });
  const first = await trained(over(await upload(0, 60)));
  const second = await trained(over(await upload(1000, 60), { initFrom: { job: first } }));
  const { statements, comparison, heldOut, verdict } = await client.report(second);
  const codes = statements!.flatMap(({ codes: said }) => said);
  expect(codes).toContain('not-trained-before');
  expect(codes).not.toContain('trained-before');
  expect(verdict).toContain('None of the 30 sequences that are held out here equals one that was trained on before');
  expect(comparison).toMatchObject({ job: first, paired: true });
  expect(comparison!.difference).toBeCloseTo(heldOut.loss - comparison!.loss, 9);
  expect(verdict).toContain(`the weights of job ${first} that this one started from (`);
  // Forty of the first sixty sequences, and twenty of others.
  const mixed = await trained(over(await upload(20, 60), { initFrom: { job: first } }));
  const report = await client.report(mixed);
  expect(report.verdict).toMatch(/^\d+ of the 30 sequences that are held out here had been used before, by job/);
  expect(report.comparison).toBeUndefined();
});

/** encoding.json of the last checkpoint. */
async function encodingOf(job: string) {
  const response = await fetch(`${cluster.apis[0].url}/v1/jobs/${job}/checkpoints/latest/download`);
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  return JSON.parse(Buffer.from(files['encoding.json']).toString());
}

test('a job outlives the one that it starts from, and a retry from the beginning starts there again', async () => {
  const { id } = await client.submit({ ...source, diagnose: false });
  await followToEnd(client, id);
  const { sha256 } = (await checkpoints(id))[1];
  const [worker] = cluster.workers;
  await worker.end('SIGTERM');
  const next = await client.submit({ ...still, diagnose: false, initFrom: { job: id } });
  const robbed = await client.submit({ ...still, diagnose: false, initFrom: { job: id } });
  await rm(path.join(cluster.checkpoints, robbed.id, 'initial'), { recursive: true });
  await client.remove(id);
  await worker.start();
  await followToEnd(client, next.id);
  expect((await checkpoints(next.id))[0].sha256).toBe(sha256);

  await followToEnd(client, robbed.id);
  expect(await client.job(robbed.id)).toMatchObject({
    status: 'failed',
    error: { category: 'data', code: 'initial_model_lost' },
  });

  const limited = { ...source, diagnose: false, initFrom: { job: next.id }, limits: { maxSeconds: 1e-6 } };
  const failing = (await client.submit(limited)).id;
  await followToEnd(client, failing);
  const [kept] = await checkpoints(failing);
  expect(await client.job(failing)).toMatchObject({ status: 'failed', error: { code: 'time_limit' } });
  await client.retry(failing, 'beginning');
  await followToEnd(client, failing);
  expect((await checkpoints(failing))[0].sha256).toBe(kept.sha256);
});
