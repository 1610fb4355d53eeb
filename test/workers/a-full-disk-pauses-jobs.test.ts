/** A disk without room, on a tmpfs of its own where one can be mounted: jobs wait, and go on by themselves. */
import { expect, onTestFinished, test } from 'vitest';
import { SmallDisk } from '../../testing/small-disk.ts';
import {
  checkpointsOf,
  finalHash,
  firstEvent,
  followToEnd,
  isCheckpoint,
  isStatus,
  slowSpec,
  startCluster,
  undisturbedHash,
} from '../support/cluster.ts';

const disk = await SmallDisk.mount(8);
const reason = disk instanceof SmallDisk ? '' : ` (skipped: ${disk})`;

test.skipIf(!(disk instanceof SmallDisk))(
  `while the disk is full a job pauses with category capacity, its last checkpoint whole; with room again it goes on by itself${reason}`,
  async () => {
    const small = disk as SmallDisk;
    onTestFinished(() => small.close());
    const cluster = await startCluster({ data: small.folder });
    const { client, apis } = cluster;
    const job = await client.submit(slowSpec());
    await firstEvent(client, job.id, isCheckpoint(100));
    await small.fill();
    await firstEvent(client, job.id, isStatus('paused'));

    const paused = await client.job(job.id);
    expect(paused).toMatchObject({ status: 'paused', error: { category: 'capacity', code: 'storage' } });
    const latest = (await checkpointsOf(apis[0].url, job.id)).at(-1)!;
    expect(latest.step).toBeGreaterThanOrEqual(100);
    expect((await client.predict(job.id, [[0, 1]])).checkpoint).toEqual({ step: latest.step, sha256: latest.sha256 });

    await small.free();
    const events = await followToEnd(client, job.id);
    expect(events.find(isStatus('paused'))?.data).toMatchObject({ error: { category: 'capacity' } });
    expect(events.map(({ data }) => (data as { reason?: string }).reason)).toContain(
      'there is room for its checkpoints again',
    );
    expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', error: null });
    expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, slowSpec()));
  },
  90_000,
);
