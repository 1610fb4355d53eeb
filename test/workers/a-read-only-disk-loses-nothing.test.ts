/**
 * A disk that was remounted read-only, on a tmpfs of its own where one can be mounted: jobs wait, requests say why, and
 * nothing is half done.
 */
import { expect, onTestFinished, test } from 'vitest';
import { SmallDisk } from '../../testing/small-disk.ts';
import { ndjson } from '../data/stores.ts';
import { eventually, firstEvent, followToEnd, isStatus, startCluster } from '../support/cluster.ts';
import { digits } from '../support/uploads.ts';

const disk = await SmallDisk.mount(8);
const reason = disk instanceof SmallDisk ? '' : ` (skipped: ${disk})`;
const quick = { training: { steps: 20 }, diagnose: false };

test.skipIf(!(disk instanceof SmallDisk))(
  `while the disk is read-only a job is paused, uploads and removals are refused with the reason; later all of it goes on${reason}`,
  async () => {
    const small = disk as SmallDisk;
    onTestFinished(() => small.close());
    const { client, apis } = await startCluster({ data: small.folder });
    const request = async (method: string, path: string, body?: string) => {
      const headers: Record<string, string> = body ? { 'content-type': 'application/x-ndjson' } : {};
      const response = await fetch(apis[0].url + path, { method, body, headers });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : null };
    };
    const upload = (seed: number) => request('POST', '/v1/datasets', ndjson(...digits(seed)));
    const done = await client.submit(quick);
    await followToEnd(client, done.id);
    const dataset = (await upload(1)).body;

    await small.remount('ro');
    const notWritable = { status: 503, body: { code: 'storage_not_writable' } };
    const job = await client.submit(quick);
    await firstEvent(client, job.id, isStatus('paused'));
    expect(await client.job(job.id)).toMatchObject({ error: { category: 'capacity', code: 'storage' } });
    expect((await client.job(job.id)).error?.message).toContain('read-only');
    const refused = await upload(2);
    expect(refused).toMatchObject(notWritable);
    expect(refused.body.detail).toContain('read-only');
    expect(await request('DELETE', `/v1/jobs/${done.id}`)).toMatchObject(notWritable);
    expect(await client.job(done.id)).toMatchObject({ status: 'succeeded' });
    expect((await client.predict(done.id, [[0, 1]])).checkpoint.step).toBe(20);
    expect(await request('DELETE', `/v1/datasets/${dataset.id}`)).toMatchObject(notWritable);

    await small.remount('rw');
    await eventually(
      () => client.job(job.id),
      ({ status }) => status === 'succeeded',
    );
    expect(await request('DELETE', `/v1/jobs/${done.id}`)).toMatchObject({ status: 204 });
    expect(await request('DELETE', `/v1/datasets/${dataset.id}`)).toMatchObject({ status: 204 });

    await small.fill();
    const full = await upload(3);
    expect(full).toMatchObject({ status: 507, body: { code: 'storage_full' } });
    expect(full.body.detail).toContain('full');
    await small.free();
    expect(await upload(3)).toMatchObject({ status: 201 });
  },
  90_000,
);
