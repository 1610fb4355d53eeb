/** Event streams behind docs/nginx.conf, where there is an nginx: they arrive as they are sent. */
import { expect, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { firstEvent, followToEnd, hasTrained, slowSpec, startCluster } from '../support/cluster.ts';
import { hasNginx, startNginx } from '../support/nginx.ts';

test.skipIf(!hasNginx)(
  `events come through nginx, as docs/nginx.conf sets it up, while they happen${hasNginx ? '' : ' (skipped: nginx is not installed)'}`,
  async () => {
    const { client, apis } = await startCluster();
    const proxied = new LookbackClient(await startNginx(new URL(apis[0].url).port));
    const job = await proxied.submit(slowSpec());
    await firstEvent(proxied, job.id, hasTrained(20));
    // Were it buffered, the first would come with the last.
    expect((await client.job(job.id)).status).toBe('running');
    const events = await followToEnd(proxied, job.id);
    expect(events).toEqual(await followToEnd(client, job.id));
  },
  60_000,
);
