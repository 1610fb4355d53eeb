/**
 * Ending a thread that is still loading must not end the process. Node 20 aborts when the thread's file is loaded with `require`.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const dist = path.resolve(import.meta.dirname, '../../../dist/src');

/** Closes pools at every moment of their threads' start, several processes side by side, so that the threads are interrupted anywhere. */
const script = `
  const { threadPool } = await import('${dist}/platform/process/thread-pool.js');
  for (let i = 0; i < 60; i++) {
    const pool = threadPool({
      filename: '${dist}/serving/predictor-thread.js',
      minThreads: 1,
      maxThreads: 1,
      workerData: { root: '/nowhere', cacheBytes: 1e6 },
    });
    await new Promise((resolve) => setTimeout(resolve, (i * 37) % 200));
    await pool.destroy();
  }
`;

test('a pool may close while its thread loads', async () => {
  const runs = Array.from({ length: 3 }, () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]).then(
      () => 'ended',
      ({ code, signal }) => `${code ?? signal}`,
    ),
  );
  expect(await Promise.all(runs)).toEqual(['ended', 'ended', 'ended']);
}, 120_000);
