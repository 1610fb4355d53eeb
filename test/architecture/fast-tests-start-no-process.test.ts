/**
 * The tests of `npm run test:fast` need no process of their own, and no test is in neither project or in both.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { canStartProcess, fastTests } from '../support/fast-tests.ts';
import { testsOfABucket } from '../support/tests-of-one-store.ts';
import { root } from './source-files.ts';

const all = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
  // Those in containers need an engine, and have a script of their own, as those have that need a bucket.
  .filter((name) => name.endsWith('.test.ts') && !name.startsWith('containers/'))
  .map((name) => path.join('test', name))
  .filter((name) => !testsOfABucket.includes(name))
  .map((name) => path.join(root, name));

function filesOf(project: string): string[] {
  const parameters = ['node_modules/vitest/vitest.mjs', 'list', '--filesOnly', '--json', '--project', project];
  const output = execFileSync(process.execPath, parameters, { cwd: root, encoding: 'utf8' });
  return JSON.parse(output).map(({ file }: { file: string }) => file);
}

test('every test is in one project', () => {
  expect([...filesOf('fast'), ...filesOf('processes')].sort()).toEqual(all.sort());
});

test('what leads to a process, directly or by a file between, is not among the fast ones', () => {
  const fast = fastTests(root);
  expect(fast.length).toBeGreaterThan(20);
  expect(fast).toContain('test/data/tasks.test.ts');
  expect(fast).not.toContain('test/checkpoints/orphans-are-removed.test.ts');
  const canStart = (name: string) => canStartProcess(path.join(root, name));
  expect(
    ['test/support/cluster.ts', 'testing/service-process.ts', 'src/main/worker-processes.ts'].map(canStart),
  ).toEqual([true, true, true]);
  expect(canStart('src/training/train.ts')).toBe(false);
});
