/** Processes that are asked to end: jobs are handed back, streams end cleanly. */
import { expect, test } from 'vitest';
import {
  finalHash,
  firstEvent,
  followToEnd,
  hasTrained,
  isStatus,
  slowSpec,
  startCluster,
  training,
  undisturbedHash,
} from '../support/cluster.ts';

test('SIGTERM to a worker: it writes a checkpoint, hands the job back and exits with 0; another goes on', async () => {
  const cluster = await startCluster({ workers: 2 });
  const { client, workers, apis } = cluster;
  const spec = slowSpec({ training: { checkpointEvery: 10_000 } });
  const owner = Promise.race(workers.map((worker) => training(worker).then(() => worker)));
  const job = await client.submit(spec);
  const worker = await owner;
  await firstEvent(client, job.id, hasTrained(40));
  expect(await worker.end('SIGTERM')).toBe(0);

  const events = await followToEnd(client, job.id);
  const handedBack = events.findIndex(
    (event) => event.type === 'status' && /shutting down/.test(event.data.reason ?? ''),
  );
  expect(handedBack).toBeGreaterThan(0);
  const kept = events.slice(0, handedBack).find((event) => event.type === 'checkpoint');
  expect(kept?.data.step).toBeGreaterThanOrEqual(40);
  const resumed = events.slice(events.findIndex(isStatus('running', 2))).find((event) => event.type === 'progress');
  expect(resumed?.data.step).toBeGreaterThan(kept!.data.step);
  expect(await finalHash(apis[0].url, job)).toBe(await undisturbedHash(cluster, spec));
}, 90_000);

test('SIGTERM to an API ends its streams cleanly; clients that come back miss nothing', async () => {
  const { client, apis } = await startCluster();
  const job = await client.submit(slowSpec());
  await firstEvent(client, job.id, hasTrained(40));
  const response = await fetch(`${apis[0].url}/v1/jobs/${job.id}/events`);
  const stream = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value: begun = '' } = await stream.read();
  const following = followToEnd(client, job.id);
  expect(await apis[0].process.end('SIGTERM')).toBe(0);
  // A connection that was cut would reject; a whole event ends in an empty line.
  expect(begun + (await restOf(stream))).toMatch(/\n\n$/);
  await apis[0].process.start();
  const events = await following;
  expect(events.map(({ id }) => id)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'succeeded', attempt: 1 } });
}, 90_000);

async function restOf(stream: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = '';
  for (;;) {
    const { done, value } = await stream.read();
    if (done) return text;
    text += value;
  }
}
