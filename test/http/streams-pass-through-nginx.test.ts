/** Event streams behind docs/nginx.conf, where there is an nginx: they arrive as they are sent. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { freePort } from '../../src/platform/network/free-port.ts';
import { eventually, firstEvent, followToEnd, hasTrained, slowSpec, startCluster } from '../support/cluster.ts';

const hasNginx = spawnSync('nginx', ['-v']).error === undefined;

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

/** Returns its address. */
async function startNginx(apiPort: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-nginx-'));
  const port = await freePort();
  const site = await readFile(new URL('../../docs/nginx.conf', import.meta.url), 'utf8');
  const placed = site.replace('127.0.0.1:3000', `127.0.0.1:${apiPort}`).replace('listen 8080', `listen ${port}`);
  await writeFile(path.join(folder, 'site.conf'), placed);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder};`);
  const main = `pid ${folder}/pid; error_log stderr; daemon off; master_process off; events {}
    http { access_log off; ${temporary.join(' ')} include ${folder}/site.conf; }`;
  await writeFile(path.join(folder, 'nginx.conf'), main);
  const nginx = spawn('nginx', ['-p', folder, '-c', path.join(folder, 'nginx.conf')], { stdio: 'inherit' });
  onTestFinished(() => end(nginx, folder));
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    () => fetch(`${url}/health/live`).catch(() => null),
    (response) => response?.ok === true,
  );
  return url;
}

async function end(nginx: ChildProcess, folder: string): Promise<void> {
  const exited = once(nginx, 'exit');
  nginx.kill('SIGTERM');
  await exited;
  await rm(folder, { recursive: true });
}
