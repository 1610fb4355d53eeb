/**
 * A Lookback of the demo's own: the real server with its embedded Redis, on free ports, over a temporary data folder.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const server = new URL('../main/server.js', import.meta.url);

interface DemoService {
  address: string;
  close(): Promise<void>;
}

export async function startService(): Promise<DemoService> {
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-demo-'));
  const child = fork(server, {
    env: {
      ...process.env,
      PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL: '',
      REDIS_PASSWORD_FILE: '',
      REDIS_CA_FILE: '',
      LOOKBACK_DATA: data,
      LOOKBACK_WORKERS: '1',
      LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
    },
    // What it prints is log; stdout belongs to the demo's result. Ctrl-C reaches it through us.
    stdio: ['ignore', 2, 2, 'ipc'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const end = async () => {
    child.kill('SIGTERM');
    await exited;
    await rm(data, { recursive: true, force: true });
  };
  let ending: Promise<void> | undefined;
  const close = () => {
    ending ??= end();
    return ending;
  };
  const started = once(child, 'message').then(([message]) => message as { address: string });
  const first = await Promise.race([started, exited.then(() => null)]);
  if (first === null) {
    await close();
    throw new Error('The service did not start; what it printed above says why.');
  }
  return { address: first.address, close };
}
