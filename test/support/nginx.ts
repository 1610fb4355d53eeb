/** A real nginx with docs/nginx.conf, where there is one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/platform/network/free-port.ts';
import { eventually } from './cluster.ts';

export const hasNginx = spawnSync('nginx', ['-v']).error === undefined;

/** In front of the API on a port of this machine. Returns its address. */
export async function startNginx(apiPort: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-nginx-'));
  const port = await freePort();
  const site = await readFile(new URL('../../docs/nginx.conf', import.meta.url), 'utf8');
  const placed = site.replaceAll('127.0.0.1:3000', `127.0.0.1:${apiPort}`).replace('listen 8080', `listen ${port}`);
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
