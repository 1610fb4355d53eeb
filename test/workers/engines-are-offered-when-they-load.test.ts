/** A worker offers an engine when it has loaded it once: a job that needs another one is neither failed nor held up by it. */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ServiceProcess } from '../../testing/service-process.ts';
import { eventually, followToEnd, slowSpec, startCluster } from '../support/cluster.ts';

const dist = new URL('../../dist/', import.meta.url);
const brokenTensorflow = fileURLToPath(new URL('../support/broken-tensorflow.mjs', import.meta.url));

test('a job for TensorFlow waits for a worker that can load it, and small jobs are run meanwhile', async () => {
  const { environment, client, apis } = await startCluster({ workers: 0 });
  const broken = new ServiceProcess('worker', dist, { ...environment, NODE_OPTIONS: `--import=${brokenTensorflow}` });
  const whole = new ServiceProcess('worker', dist, environment);
  onTestFinished(async () => {
    await Promise.all([broken.end(), whole.end()]);
  });

  const short = { training: { steps: 10 } };
  const waiting = await client.submit({ ...slowSpec(short), engine: 'tensorflow' });
  expect(waiting.waitingFor).toMatchObject({ reason: 'worker' });
  const refused = broken.logged(({ event }) => event === 'engine-refused');
  await broken.start();
  const small = await client.submit(slowSpec(short));
  await followToEnd(client, small.id);
  expect(await client.job(small.id)).toMatchObject({ status: 'succeeded', engine: { name: 'simd' } });
  expect(await refused).toMatchObject({ reason: expect.stringContaining('cannot open shared object file') });

  const job = await eventually(
    () => client.job(waiting.id),
    ({ waitingFor }) => waitingFor?.reason === 'engine' && waitingFor.message.startsWith('No worker'),
  );
  expect(job).toMatchObject({ status: 'queued', attempt: 0 });
  const reason = expect.stringMatching(/^It does not load: .*cannot open shared object file/);
  expect((await client.workers()).map(({ unavailable }) => unavailable)).toEqual([[{ engine: 'tensorflow', reason }]]);
  expect(job.waitingFor?.message).toContain('cannot open shared object file');
  const submitted = await fetch(`${apis[0].url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ engine: 'tensorflow' }),
  });
  expect(submitted.status).toBe(422);
  expect(await submitted.text()).toContain('cannot open shared object file');

  await whole.start();
  await followToEnd(client, waiting.id);
  expect(await client.job(waiting.id)).toMatchObject({
    status: 'succeeded',
    attempt: 1,
    engine: { name: 'tensorflow' },
    waitingFor: null,
  });
}, 90_000);
