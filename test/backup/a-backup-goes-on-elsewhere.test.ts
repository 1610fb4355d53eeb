/** A backup that is taken while jobs run, restored elsewhere: every accepted job is there, and goes on to the same bits. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { backUp, restore } from '../../src/backup/backup.ts';
import { Pins } from '../../src/checkpoints/pins.ts';
import { connect, defaultPrefix, keyNames } from '../../src/platform/redis/connections.ts';
import type { BlobStore } from '../../src/storage/blob-store.ts';
import { LocalStore } from '../../src/storage/local/local-store.ts';
import { parseS3Location } from '../../src/storage/s3/location.ts';
import type { Cluster } from '../../testing/cluster.ts';
import { emptyS3, openS3, useS3 } from '../storage/s3.ts';
import { finalHash, firstEvent, followToEnd, isCheckpoint, slowSpec, startCluster } from '../support/cluster.ts';

const s3 = process.env.TEST_STORE === 's3' ? useS3() : undefined;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-backup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function sourceOf(cluster: Pick<Cluster, 'redis'>, blobs: BlobStore) {
  const redis = connect({ url: cluster.redis.url }, 'background');
  onTestFinished(() => redis.disconnect());
  return { redis, prefix: defaultPrefix, keys: keyNames(defaultPrefix), blobs };
}

/** Also where the stores of tests are buckets. */
const inFolder = { LOOKBACK_STORE: '' };

const places: Record<string, () => Promise<{ blobs: BlobStore; data?: string; environment: NodeJS.ProcessEnv }>> = {
  'another folder': async () => {
    const data = await temporaryFolder();
    return { blobs: new LocalStore(data), data, environment: inFolder };
  },
  'a bucket': async () => {
    const location = await emptyS3(s3!.current);
    const { bucket, prefix } = parseS3Location(location);
    return {
      blobs: openS3(location),
      environment: { ...s3!.current.server.environment(), LOOKBACK_STORE: `s3://${bucket}/${prefix}` },
    };
  },
};

const storesAreBuckets = process.env.TEST_STORE === 's3';
/** The bucket is for `npm run test:s3`, which has the time. */
const tested = Object.entries(places).filter(([name]) => storesAreBuckets === (name === 'a bucket'));

test.each(tested)('in %s', { timeout: 240_000 }, async (_, place) => {
  const first = await startCluster({ environment: inFolder });
  const { client } = first;
  const done = await client.submit({ training: { steps: 300 } });
  await followToEnd(client, done.id);
  const alias = await client.setAlias('live', { job: done.id, checkpoint: 'latest' });
  const running = await client.submit(slowSpec());
  const queued = await client.submit(slowSpec());
  // It changes nothing: its weights are those of the copy that it starts from.
  const still = { optimizer: { type: 'sgd', learningRate: 1e-30 } as const, training: { steps: 1 } };
  const further = await client.submit({ ...still, initFrom: { job: done.id } });
  await firstEvent(client, running.id, isCheckpoint(200));
  const backup = new LocalStore(await temporaryFolder());
  const summary = await backUp(sourceOf(first, new LocalStore(first.data)), backup);
  expect(summary).toMatchObject({ jobs: 3, datasets: 0 });
  expect(summary.records).toBeGreaterThanOrEqual(4);
  await expect(backUp(sourceOf(first, new LocalStore(first.data)), backup)).rejects.toThrow(
    'There is a backup already',
  );
  const expected = await finalHash(first.apis[0].url, done);
  const shown = await client.job(done.id);
  await first.close();

  const { blobs, data, environment } = await place();
  const second = await startCluster({ data, environment, startsServices: false });
  const target = sourceOf(second, blobs);
  expect(await restore(backup, target)).toEqual(summary);
  await expect(restore(backup, target)).rejects.toThrow('restore into an empty one');
  await second.startServices();
  const [{ url }] = second.apis;
  expect(await second.client.job(done.id)).toEqual(shown);
  expect(await second.client.alias('live')).toEqual(alias);
  expect(await new Pins(blobs).isPinned(done.id, done.steps)).toBe(true);
  expect(await finalHash(url, done)).toBe(expected);
  for (const job of [running, queued, further]) {
    await followToEnd(second.client, job.id);
    expect(await second.client.job(job.id)).toMatchObject({ status: 'succeeded' });
  }
  expect(await finalHash(url, further)).toBe(expected);
  // The second ran from its beginning to its end without a break.
  expect(await finalHash(url, running)).toBe(await finalHash(url, queued));
});
