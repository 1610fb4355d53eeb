/** Predictions behind docs/nginx.conf, where there is an nginx, take the fast path, whatever else goes through it. */
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.ts';
import { checkpointOf } from '../../support/checkpoints.ts';
import { hasNginx, startNginx } from '../../support/nginx.ts';
import { useRedis } from '../../support/redis.ts';

const redis = useRedis();

test.skipIf(!hasNginx)(
  `predictions take the fast path behind nginx, between requests of other kinds${hasNginx ? '' : ' (skipped: nginx is not installed)'}`,
  async () => {
    const app = await startApp(redis.current);
    const job = (await app.request('POST', '/v1/jobs', {})).body.id;
    await app.checkpoints.save(job, checkpointOf(1, 1));
    const url = await startNginx(new URL(app.url).port);
    const paths: string[] = [];
    app.app.server.on('request', (request: IncomingMessage) => paths.push(request.url!));
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ job, sequences: [[1, 2, 3]] });
    for (let n = 0; n < 10; n++) {
      const [predicted, other] = await Promise.all([
        fetch(`${url}/predict`, { method: 'POST', headers, body }),
        fetch(`${url}/v1/jobs/${job}`),
      ]);
      expect([predicted.status, other.status]).toEqual([200, 200]);
      const { predictions } = (await predicted.json()) as { predictions: { classes: number[] }[] };
      expect(predictions[0].classes).toHaveLength(3);
      await other.text();
    }
    expect(paths).toEqual(Array.from({ length: 10 }, () => `/v1/jobs/${job}`));
  },
);
