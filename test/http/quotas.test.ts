/** Quotas of disk: what would go beyond them is refused with the setting, what is used and what was asked for. */
import { expect, test } from 'vitest';
import { CheckpointQuota } from '../../src/checkpoints/quota.ts';
import { DatasetStore } from '../../src/data/datasets/stored/store.ts';
import { openStore } from '../../src/storage/open.ts';
import { ndjson, temporaryStore } from '../data/stores.ts';
import { startApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import { useRedis } from '../support/redis.ts';
import { digits, plain } from '../support/uploads.ts';

const redis = useRedis();

test('a job that may take more than is left is refused, and leaves no record', async () => {
  const { folder } = await temporaryStore();
  const api = await startApp(redis.current, { checkpointQuota: new CheckpointQuota(await openStore(folder), 300_000) });
  const { diskBytes } = (await api.request('POST', '/v1/jobs/validate', {})).body.estimate;
  expect(diskBytes).toBeGreaterThan(100_000);
  expect(diskBytes).toBeLessThan(200_000);
  expect((await api.request('POST', '/v1/jobs', {})).status).toBe(201);
  // What was just accepted has written nothing yet, but it counts.
  const refused = await api.request('POST', '/v1/jobs', {});
  expect(refused).toMatchObject({ status: 507, body: { code: 'checkpoint_quota' } });
  expect(refused.body.detail).toContain('LOOKBACK_MAX_CHECKPOINT_BYTES is 300000');
  expect(refused.body.detail).toContain(String(diskBytes));
  expect((await api.request('GET', '/v1/jobs')).body.data).toHaveLength(1);
});

test('what lies on disk counts', async () => {
  const { folder } = await temporaryStore();
  const api = await startApp(redis.current);
  for (const step of [1, 2, 3]) await saveCheckpoint(api.checkpoints, 'job_a', step, 1);
  await expect(new CheckpointQuota(await openStore(api.folder), 200_000).reserve(190_000)).rejects.toMatchObject({
    code: 'checkpoint_quota',
  });
  await new CheckpointQuota(await openStore(folder), 200_000).reserve(190_000);
});

test('an upload beyond the quota is refused and leaves nothing; what is there already is no more', async () => {
  const { folder, names } = await temporaryStore();
  const lines = (seed: number) => ndjson(...digits(seed, 40, 25));
  // 40 sequences of 25 steps take some 8 KB.
  const api = await startApp(redis.current, { datasets: new DatasetStore(await openStore(folder), 12_000) });
  expect((await api.request('POST', '/v1/datasets', lines(1), plain)).status).toBe(201);
  const before = await names();
  const refused = await api.request('POST', '/v1/datasets', lines(2), plain);
  expect(refused).toMatchObject({ status: 507, body: { code: 'dataset_quota' } });
  expect(refused.body.detail).toContain('LOOKBACK_MAX_DATASET_BYTES is 12000');
  expect(await names()).toEqual(before);
  expect((await api.request('POST', '/v1/datasets', lines(1), plain)).status).toBe(200);
});
