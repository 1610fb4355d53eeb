/**
 * A process that dies between a change on disk and the one in Redis: what it left is finished by another, and neither files
 * without a job nor a job without its files stay.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { isJobId } from '../../src/checkpoints/keys.ts';
import { Settling } from '../../src/jobs/upkeep/settling.ts';
import { JobService } from '../../src/jobs/use-cases/steer.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const file = new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../fixtures/models/torch.safetensors')));
const type = { 'content-type': 'application/octet-stream' };
const forever = () => new Promise<never>(() => {});
const stored = ({ folder }: TestApp) => readdirSync(path.join(folder, 'checkpoints')).filter((name) => isJobId(name));

function settlingOf(app: TestApp, longestMs = 0): Settling {
  const dropFiles = (job: string) => app.checkpoints.removeJob(job);
  const resources = { store: app.store, jobs: app.service, dropFiles, logger: pino({ level: 'silent' }) };
  return new Settling(resources, { files: longestMs, removal: longestMs });
}

test('files of an import whose process died before the job was recorded go', async () => {
  const app = await startApp(redis.current);
  // As if the process had ended there: nothing after it runs before the test is over.
  let release = (_: Error) => {};
  app.store.createImported = () => new Promise((_, reject) => (release = reject));
  onTestFinished(() => release(new Error('The test is over.')));
  void app.request('POST', '/v1/jobs/import', file, type).catch(() => {});
  await expect.poll(() => stored(app)).toHaveLength(1);
  await settlingOf(app, 60_000).pass();
  expect(stored(app)).toHaveLength(1);
  await settlingOf(app).pass();
  expect(stored(app)).toEqual([]);
  expect(await app.store.unsettled.all(10)).toEqual([]);
});

test('a job whose process died when its removal had taken the files goes', async () => {
  const app = await startApp(redis.current);
  const { id } = (await app.request('POST', '/v1/jobs/import', file, type)).body;
  const dying = new JobService(app.store, app.queue, forever, async (job) => {
    await app.checkpoints.withdrawJob(job);
    return forever();
  });
  void dying.remove(id);
  await expect.poll(() => stored(app)).toEqual([]);
  expect((await app.request('GET', `/v1/jobs/${id}`)).status).toBe(200);
  await settlingOf(app).pass();
  expect((await app.request('GET', `/v1/jobs/${id}`)).body.code).toBe('job_not_found');
  expect(await app.store.unsettled.all(10)).toEqual([]);
});

test('what ended as it should leaves nothing to settle, and settling takes nothing away', async () => {
  const app = await startApp(redis.current);
  const { id } = (await app.request('POST', '/v1/jobs/import', file, type)).body;
  const initFrom = { initFrom: { job: id }, task: { type: 'adding' }, model: { layers: 2, units: 6 } };
  expect((await app.request('POST', '/v1/jobs', initFrom)).status).toBe(400);
  expect((await app.request('POST', '/v1/jobs/import', new Uint8Array([1, 2, 3]), type)).status).toBe(400);
  const other = (await app.request('POST', '/v1/jobs/import', file, type)).body.id;
  expect((await app.request('DELETE', `/v1/jobs/${other}`)).status).toBe(204);
  expect(await app.store.unsettled.all(10)).toEqual([]);
  // A mark that could not be taken away, and one of a job that has changed since.
  await app.store.unsettled.begin({ kind: 'files', job: id });
  await app.store.unsettled.begin({ kind: 'removal', job: id, revision: '0' });
  await settlingOf(app).pass();
  expect(await app.store.unsettled.all(10)).toEqual([]);
  expect((await app.request('POST', '/predict', { job: id, sequences: [[[0, 1]]] })).status).toBe(200);
});
