/** A service whose store is a bucket: jobs wait for it and end in the same bits, and what was served goes on being served. */
import { expect, onTestFinished, test } from 'vitest';
import { S3Proxy } from '../../testing/s3-proxy.ts';
import { S3Server } from '../../testing/s3-server.ts';
import {
  eventually,
  finalHash,
  firstEvent,
  followToEnd,
  isCheckpoint,
  slowSpec,
  startCluster,
  undisturbedHash,
} from '../support/cluster.ts';

test('a store that goes away makes runs wait, refuses what needs it, and is missed by nobody who has it cached', {
  timeout: 120_000,
}, async () => {
  const server = await S3Server.start();
  onTestFinished(() => server.close());
  const proxy = await S3Proxy.start(server.url);
  onTestFinished(() => proxy.close());
  const environment = { ...server.environment(proxy.url), LOOKBACK_STORE: server.address('jobs') };
  const cluster = await startCluster({ environment });
  const { client, workers, apis } = cluster;
  const [{ url }] = apis;
  const predict = (job: string) =>
    fetch(`${url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ job, sequences: [[0, 1, 1, 0]] }),
    });
  const expected = await undisturbedHash(cluster, slowSpec());
  const served = await client.submit({ training: { steps: 300 } });
  await followToEnd(client, served.id);
  const before = await (await predict(served.id)).json();
  expect(before).toHaveProperty('predictions');

  const isWaiting = workers[0].logged(({ msg }) => msg === 'the run waits for the store');
  const job = await client.submit(slowSpec());
  await firstEvent(client, job.id, isCheckpoint(100));
  proxy.weather = { status: 503, code: 'SlowDown' };
  expect(await isWaiting).toMatchObject({ error: expect.stringContaining('SlowDown') });
  expect(await (await predict(served.id)).json()).toEqual(before);
  proxy.weather = 'away';
  expect(await (await predict(served.id)).json()).toEqual(before);
  const refused = await predict(job.id);
  expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'storage_unreachable']);
  const ready = await eventually(
    () => fetch(`${url}/health/ready`),
    ({ status }) => status === 503,
  );
  expect(((await ready.json()) as { detail: string }).detail).toMatch(/^The store does not answer/);

  proxy.weather = 'fair';
  await followToEnd(client, job.id);
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(await finalHash(url, job)).toBe(expected);
  await eventually(
    () => fetch(`${url}/health/ready`),
    ({ status }) => status === 200,
  );
});
