/**
 * A Lookback for a script that needs one: the real server with its embedded Redis and a worker, on free ports, over a
 * temporary folder.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @template Result
 * @param {string} root The clone, which has been prepared.
 * @param {string | undefined} redisServer As `prepare` found it.
 * @param {(service: { address: string, folder: string }) => Promise<Result>} use
 * @returns {Promise<Result>} What `use` returns; by then the service has ended and its folder is gone.
 */
export async function withService(root, redisServer, use) {
  const folder = await mkdtemp(join(tmpdir(), 'lookback-script-'));
  const service = fork(join(root, 'dist/src/main/server.js'), {
    env: {
      ...process.env,
      ...(redisServer === undefined ? {} : { LOOKBACK_REDIS_SERVER: redisServer }),
      PORT: '0',
      REDIS_URL: '',
      LOOKBACK_DATA: folder,
      LOOKBACK_WORKERS: '1',
      LOG_LEVEL: 'error',
    },
  });
  const exited = once(service, 'exit');
  try {
    const [{ address }] = await Promise.race([once(service, 'message'), exited.then(() => [{}])]);
    if (address === undefined) throw new Error('The service did not start.');
    return await use({ address, folder });
  } finally {
    service.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
}
