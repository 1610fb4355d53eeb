/**
 * Node 20 aborts the process when a thread is ended while it loads an ES module with `require`; ended during an
 * `import` it just ends. The moment is too short to be met reliably, so the test looks at how files are loaded.
 */
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { threadPool } from '../../../src/platform/process/thread-pool.ts';

test('threads import their file', async () => {
  const filename = fileURLToPath(new URL('../../support/how-it-was-loaded.mjs', import.meta.url));
  const pool = threadPool<undefined, string>({ filename, maxThreads: 1 });
  onTestFinished(() => pool.destroy());
  expect(await pool.run(undefined)).toBe('imported');
});
