/**
 * A finding's patch is printed as options of `submit`, and gives the same fields when a shell has read them.
 */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { settingsOf } from '../../src/cli/show/findings.ts';
import { readSpec } from '../../src/cli/spec-file.ts';

test('a patch comes back from a shell as it was, objects as well', async () => {
  const printed = settingsOf([
    { op: 'replace', path: '/data/layout', value: 'batch-major' },
    { op: 'replace', path: '/data/batchSize', value: 2 },
    { op: 'add', path: '/training/earlyStopping', value: { patience: 5, minDelta: 0.01 } },
  ]);
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${printed}`], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const settings = words.filter((word) => word !== '--set');
  expect(await readSpec({ settings }, process)).toEqual({
    data: { layout: 'batch-major', batchSize: 2 },
    training: { earlyStopping: { patience: 5, minDelta: 0.01 } },
  });
});
