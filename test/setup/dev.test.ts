/**
 * `npm run dev`: a change of the sources builds and starts the service again, one that does not compile leaves it
 * running, and a signal ends both.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { writeFiles } from './fake-clone.ts';
import { makeClone } from './script-clone.ts';

test('a change starts the service again, an error leaves it, a signal ends all', async () => {
  const { root, env } = makeClone();
  writeFiles(root, { 'workers/main.ts': 'export {};' });
  const dev = spawn(process.execPath, ['scripts/dev.mjs'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void dev.kill('SIGKILL'));
  const ended = once(dev, 'exit');
  const services = createInterface({ input: dev.stdout })[Symbol.asyncIterator]();
  const nextVerb = async () => JSON.parse((await services.next()).value!).verb;
  const complaint = new Promise<string>((resolve) => {
    let text = '';
    dev.stderr.on('data', (chunk) => {
      text += chunk;
      if (text.includes('TS2322')) resolve(text);
    });
  });

  expect(await nextVerb()).toBe('return 1');
  writeFiles(root, { 'src/broken.ts': 'export const answer: number = "42";' });
  expect(await complaint).not.toContain('the service ended');
  writeFiles(root, { 'src/broken.ts': 'export const answer = 42;', 'src/jobs/verb.lua': 'return 2' });
  expect(await nextVerb()).toBe('return 2');
  dev.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect((await services.next()).done).toBe(true);
});
