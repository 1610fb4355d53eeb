/**
 * No room, no right, no network: the set-up ends with one line that names the remedy, and without a stack.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { SmallDisk } from '../../testing/small-disk.ts';
import { pathWithOnly, writeFiles } from './fake-clone.ts';
import { makeClone } from './script-clone.ts';

/** To root nothing is forbidden: it runs without that capability. */
const obedient =
  process.getuid!() === 0
    ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search,-fowner', process.execPath]
    : [process.execPath];

/** Runs the set-up of a clone that lacks a package; `npm` says what is told, and fails. */
function setUp(root: string, env: NodeJS.ProcessEnv, npmSays = '') {
  rmSync(join(root, 'node_modules/.package-lock.json'), { force: true });
  writeFiles(root, { 'package-lock.json': '{"packages": {"node_modules/zod": {"version": "4.0.0"}}}' });
  const path = pathWithOnly('sh');
  symlinkSync(process.execPath, join(path, 'node'));
  writeFileSync(join(path, 'npm'), `#!/bin/sh\necho '${npmSays}' >&2\nexit 1\n`, { mode: 0o755 });
  const [program, ...parameters] = [...obedient, 'scripts/setup.mjs', '--without-build'];
  const options = { cwd: root, env: { ...env, PATH: `${path}:/usr/bin:/bin` }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync(program, parameters, options);
  const lines = stderr.trimEnd().split('\n');
  return { status, lines: lines.filter((line) => !line.startsWith('setup  installing the npm packages')) };
}

/** Takes the right to write from everybody until the test is over. */
function writeProtect(folder: string): void {
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
}

test.each([
  [
    'npm error code ENOTFOUND',
    /npm ci could not reach the network \(ENOTFOUND\): connect this machine, or name the proxy/,
  ],
  ['npm error code ECONNREFUSED', /npm ci could not reach the network \(ECONNREFUSED\)/],
  ['npm error code ENOSPC', /The disk of .* is full \(npm ci failed: ENOSPC\): make room and run this again/],
  [
    'npm error code EACCES',
    /cannot be written by .* \(npm ci failed: EACCES\); .* belongs to .*: run this as its owner/,
  ],
])('an npm that says “%s” ends the set-up with one line', (npmSays, line) => {
  const { root, env } = makeClone();
  expect(setUp(root, env, npmSays)).toEqual({ status: 1, lines: [expect.stringMatching(line)] });
});

test('a clone that belongs to somebody else is named with its owner', () => {
  const { root, env } = makeClone();
  mkdirSync(join(root, 'lookback'));
  writeProtect(root);
  const line =
    /\.builds cannot be written by .* \(EACCES\); .* belongs to .*: run this as its owner, make the clone your own \(chown -R\)/;
  expect(setUp(root, env)).toEqual({ status: 1, lines: [expect.stringMatching(line)] });
});

test('a cache that belongs to somebody else is named with XDG_CACHE_HOME', () => {
  const { root, env } = makeClone();
  mkdirSync(join(root, 'lookback'));
  writeProtect(join(root, 'lookback'));
  const line = /The cache folder .*lookback cannot be written \(EACCES\): set XDG_CACHE_HOME/;
  expect(setUp(root, env)).toEqual({ status: 1, lines: [expect.stringMatching(line)] });
});

test('a full disk under the cache is named', async ({ skip }) => {
  const disk = await SmallDisk.mount(1);
  if (typeof disk === 'string') return skip(disk);
  onTestFinished(() => disk.close());
  const { root, env } = makeClone();
  await disk.fill();
  const line = /The cache folder .* cannot be written \(its disk is full\): set XDG_CACHE_HOME/;
  expect(setUp(root, { ...env, XDG_CACHE_HOME: disk.folder })).toEqual({
    status: 1,
    lines: [expect.stringMatching(line)],
  });
});
