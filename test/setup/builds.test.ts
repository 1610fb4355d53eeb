/**
 * Builds lie side by side: `dist` moves to the new one in one step, and an old one stays as long as a process runs from it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publishBuild } from '../../scripts/setup/builds.mjs';
import { temporaryFolder } from './fake-clone.ts';

const contentOfDist = (root: string) => readFileSync(join(root, 'dist/content'), 'utf8');
const buildsOf = (root: string) => readdirSync(join(root, '.builds')).sort();

function publish(root: string, name: string): Promise<void> {
  return publishBuild(root, name, async (folder) => writeFileSync(join(folder, 'content'), name));
}

/** As if it had been replaced an hour ago. */
function age(root: string, name: string): void {
  const anHourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(join(root, '.builds', name), anHourAgo, anHourAgo);
}

test('dist leads to the build that was made last', async () => {
  const root = temporaryFolder();
  await publish(root, 'one');
  expect(contentOfDist(root)).toBe('one');
  await publish(root, 'two');
  expect(contentOfDist(root)).toBe('two');
  expect(readlinkSync(join(root, 'dist'))).toBe('.builds/two');
});

test('while a build is made, and when it fails, dist is what it was', async () => {
  const root = temporaryFolder();
  await publish(root, 'one');
  const failing = publishBuild(root, 'two', async (folder) => {
    writeFileSync(join(folder, 'content'), 'half');
    expect(contentOfDist(root)).toBe('one');
    throw new Error('it does not compile');
  });
  await expect(failing).rejects.toThrow('it does not compile');
  expect(contentOfDist(root)).toBe('one');
  expect(buildsOf(root)).toEqual(['one']);
});

test('a build that is there already is not made again', async () => {
  const root = temporaryFolder();
  await publish(root, 'one');
  await publish(root, 'two');
  await publishBuild(root, 'one', () => Promise.reject(new Error('made again')));
  expect(contentOfDist(root)).toBe('one');
});

test('a build that was just replaced stays, for processes that are just starting', async () => {
  const root = temporaryFolder();
  await publish(root, 'one');
  age(root, 'one');
  await publish(root, 'two');
  expect(buildsOf(root)).toEqual(['one', 'two']);
});

test('a build replaced long ago goes when the last process that used it has ended', async () => {
  const root = temporaryFolder();
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const users = {
    'in-use': `${process.pid}@${hostname()}`,
    'used-elsewhere': '1@another-machine',
    'left-behind': `${dead}@${hostname()}`,
  };
  for (const [name, mark] of Object.entries(users)) {
    await publish(root, name);
    writeFileSync(join(root, '.builds', name, '.users', mark), '');
  }
  await publish(root, 'unused');
  await publish(root, 'current');
  for (const name of [...Object.keys(users), 'unused']) age(root, name);
  await publish(root, 'next');
  expect(buildsOf(root)).toEqual(['current', 'in-use', 'next', 'used-elsewhere']);
});

test('a dist that is a folder, as earlier set-ups made it, gives way to the link', async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'dist'));
  writeFileSync(join(root, 'dist/content'), 'before');
  await publish(root, 'one');
  expect(contentOfDist(root)).toBe('one');
  expect(existsSync(join(root, '.builds', 'one'))).toBe(true);
});
