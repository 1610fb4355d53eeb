/** A run that is told to stop without a checkpoint ends as cancelled at once: its worker's stale record must not make it look lost. */
import { expect, test } from 'vitest';
import { firstEvent, followToEnd, hasTrained, isStatus, slowSpec, startCluster } from '../support/cluster.ts';

test('cancel without a checkpoint ends within a second, again and again', async () => {
  const { client, apis } = await startCluster();
  for (let i = 0; i < 5; i++) {
    const job = await client.submit(slowSpec({ training: { steps: 100_000, reportEvery: 10 } }));
    await firstEvent(client, job.id, hasTrained(10 + 10 * i));
    await fetch(`${apis[0].url}/v1/jobs/${job.id}/cancel?checkpoint=false`, { method: 'POST' });
    const events = await followToEnd(client, job.id);
    const [cancelling, cancelled] = [events.find(isStatus('cancelling')), events.at(-1)];
    expect(cancelled?.data).toMatchObject({ status: 'cancelled', reason: 'the run stopped as asked' });
    expect(Date.parse(cancelled!.data.at) - Date.parse(cancelling!.data.at)).toBeLessThan(3_000);
  }
}, 60_000);
