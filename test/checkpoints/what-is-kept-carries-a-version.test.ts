/**
 * Versions of what lies on disk and in Redis: data from before there were versions is read, and what a newer Lookback
 * wrote is refused and left alone.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OrphanSweep } from '../../src/checkpoints/orphans.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { DatasetStore } from '../../src/data/datasets/stored/store.ts';
import { ReportStore } from '../../src/diagnosis/report/report-store.ts';
import { newJob } from '../../src/jobs/decisions/verbs.ts';
import { readRecord } from '../../src/jobs/stored-text.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { openStore } from '../../src/storage/open.ts';
import { saveCheckpoint, stepFolder } from '../support/checkpoints.ts';
import { predictFrom } from '../support/predictions.ts';

const fixture = new URL('../fixtures/data-version-1/', import.meta.url).pathname;
const job = 'job_before';
const dataset = 'ds_004f708154c264c4ab77ce9a';

/** A copy of a data folder as it was written before anything in it carried a version. */
async function formerData(): Promise<string> {
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-version-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  await cp(fixture, data, { recursive: true });
  return data;
}

async function edit(file: string, change: (content: Record<string, unknown>) => object): Promise<string> {
  const text = JSON.stringify(change(JSON.parse(await readFile(file, 'utf8'))));
  await writeFile(file, text);
  return text;
}

const unsupported = { code: 'unsupported_version' };

test('a checkpoint, a dataset, a report, a record and an identity without a version are read as version 1', async () => {
  const data = await formerData();
  const checkpoints = new CheckpointStore(await openStore(data));
  expect(await checkpoints.load(job, 20)).toMatchObject({ step: 20, evaluation: expect.anything() });
  const { predictions: predicted } = await predictFrom(checkpoints, job, [[0, 1, 1]]);
  expect(predicted[0].probabilities).toHaveLength(3);
  const { sheet, labels } = await (await new DatasetStore(await openStore(data)).stored(dataset)).open();
  expect(sheet).toMatchObject({ id: dataset, sequences: 12 });
  expect(labels).toHaveLength(120);
  expect(await new ReportStore(await openStore(data)).load(job)).toMatchObject({
    verdict: expect.any(String),
  });
  expect(readRecord(await readFile(path.join(data, 'record.json'), 'utf8'))).toMatchObject({ id: job, version: 1 });
  const identity = await readFile(path.join(data, 'checkpoints', '.identity'), 'utf8');
  const redis = { read: async () => identity, claim: async () => identity };
  const sweep = new OrphanSweep(await openStore(data), redis, 0);
  expect(await sweep.sweep(async () => false)).toEqual([`checkpoints/${job}`]);
});

test('what is written today says that it is version 1', async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-version-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const store = new CheckpointStore(await openStore(data));
  await saveCheckpoint(store, 'job_a', 1, 1);
  const manifest = JSON.parse(await readFile(path.join(stepFolder(data, 'job_a', 1), 'manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({ version: 1 });
  expect(newJob('job_a', resolveJobSpec({}), new Date()).job).toMatchObject({ version: 1 });
});

test('a checkpoint of a newer version is refused by its name, listed as unsupported, and stays as it is', async () => {
  const data = await formerData();
  const root = path.join(data, 'checkpoints');
  const store = new CheckpointStore(await openStore(data));
  await saveCheckpoint(store, job, 10, 1);
  const manifest = path.join(root, job, 'step-20', 'manifest.json');
  // It need not even have the files that there are today.
  await rm(path.join(root, job, 'step-20', 'training.bin'));
  const text = await edit(manifest, ({ format: _, ...content }) => ({ ...content, version: 2 }));

  await expect(store.load(job, 20)).rejects.toMatchObject(unsupported);
  await expect(store.resolve(job, 20)).rejects.toMatchObject(unsupported);
  await expect(store.resolve(job, 'latest')).rejects.toMatchObject(unsupported);
  await expect(store.resolve(job, 'best')).rejects.toMatchObject(unsupported);
  await expect(store.loadLatestGood(job, () => {})).rejects.toMatchObject(unsupported);
  const page = await store.page(job, 100);
  expect(page).toMatchObject({ data: [{ step: 10 }], unsupported: [20], damaged: [] });
  expect(await readFile(manifest, 'utf8')).toBe(text);
  expect(await readdir(path.join(root, job))).toContain('step-20');
});

test('a dataset, a report, a record and an identity of a newer version are refused', async () => {
  const data = await formerData();
  const newer = (content: object) => ({ ...content, version: 2 });
  await edit(path.join(data, 'datasets', dataset, 'sheet.json'), newer);
  const datasets = new DatasetStore(await openStore(data));
  await expect(datasets.get(dataset)).rejects.toMatchObject(unsupported);
  expect((await datasets.list()).data).toEqual([]);
  await edit(path.join(data, 'checkpoints', job, 'report.json'), newer);
  await expect(new ReportStore(await openStore(data)).load(job)).rejects.toMatchObject(unsupported);
  const record = await edit(path.join(data, 'record.json'), newer);
  expect(() => readRecord(record)).toThrow(expect.objectContaining(unsupported));
  await writeFile(path.join(data, 'checkpoints', '.identity'), JSON.stringify({ version: 2, id: 'x' }));
  const redis = { read: async () => 'x', claim: async () => 'x' };
  await expect(new OrphanSweep(await openStore(data), redis, 0).sweep(async () => false)).rejects.toMatchObject(
    unsupported,
  );
  expect(await readdir(path.join(data, 'checkpoints'))).toContain(job);
});
