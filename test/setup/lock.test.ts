/**
 * One setup at a time: the second waits for the first, and a lock left by a killed one does not stand in the way.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { withLock } from '../../scripts/setup/lock.mjs';
import { projectRoot, temporaryFolder } from './fake-clone.ts';

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** Leaves a lock as a process that was killed would: by holding it once to learn its name. */
async function leaveLock(cache: string, holder: string): Promise<string> {
  let name = '';
  await withLock(cache, 'clone', async () => {
    [name] = readdirSync(join(cache, 'locks'));
  });
  const file = join(cache, 'locks', name);
  writeFileSync(file, holder);
  return file;
}

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

test('the second holder starts when the first is done, and one of another lock does not wait', async () => {
  const cache = temporaryFolder();
  const order: string[] = [];
  const [entered, mayEnd] = [gate(), gate()];
  const first = withLock(cache, 'clone', async () => {
    entered.open();
    await mayEnd.opened;
    order.push('first ends');
  });
  await entered.opened;
  const second = withLock(cache, 'clone', async () => void order.push('second starts'));
  await withLock(cache, 'another clone', async () => void order.push('other runs'));
  mayEnd.open();
  await Promise.all([first, second]);
  expect(order).toEqual(['other runs', 'first ends', 'second starts']);
});

test('the lock is given back when the work fails', async () => {
  const cache = temporaryFolder();
  await expect(withLock(cache, 'clone', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await withLock(cache, 'clone', async () => 'entered')).toBe('entered');
});

test('a lock of a process that is dead is taken over', async () => {
  const cache = temporaryFolder();
  const { pid } = spawnSync(process.execPath, ['--version']);
  await leaveLock(cache, `${pid} ${hostname()}`);
  expect(await withLock(cache, 'clone', async () => 'entered')).toBe('entered');
});

test('a lock that another machine left is taken over when nobody has refreshed it for long', async () => {
  const cache = temporaryFolder();
  const file = await leaveLock(cache, '1 another-machine');
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(file, longAgo, longAgo);
  expect(await withLock(cache, 'clone', async () => 'entered')).toBe('entered');
});

test('of many that wait for a lock whose holder died, one at a time gets it', async () => {
  const cache = temporaryFolder();
  const { pid } = spawnSync(process.execPath, ['--version']);
  const script = `
    import { appendFileSync } from 'node:fs';
    import { withLock } from '${join(projectRoot, 'scripts/setup/lock.mjs')}';
    const say = (text) => appendFileSync('${join(cache, 'order')}', text);
    await withLock('${cache}', 'clone', async () => {
      say('(');
      await new Promise((resolve) => setTimeout(resolve, 20));
      say(')');
    });
  `;
  await leaveLock(cache, `${pid} ${hostname()} of-nobody 1`);
  const waiters = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
  await Promise.all(waiters.map((waiter) => once(waiter, 'exit')));
  expect(readFileSync(join(cache, 'order'), 'utf8')).toBe('()'.repeat(6));
  expect(readdirSync(join(cache, 'locks'))).toEqual([]);
});

test('a holder whose lock another has taken over does not free it', async () => {
  const cache = temporaryFolder();
  const file = await leaveLock(cache, 'nobody');
  rmSync(file);
  await withLock(cache, 'clone', async () => writeFileSync(file, '1 another-machine'));
  expect(readFileSync(file, 'utf8')).toBe('1 another-machine');
});

test('a lock that is fresh and whose holder is elsewhere is waited for', async () => {
  const cache = temporaryFolder();
  const file = await leaveLock(cache, '1 another-machine');
  const entered = withLock(cache, 'clone', async () => 'entered');
  const waiting = new Promise((resolve) => {
    vi.mocked(process.stderr.write).mockImplementation((text) => {
      if (String(text).includes('waiting for it')) resolve('waits');
      return true;
    });
  });
  expect(await Promise.race([entered, waiting])).toBe('waits');
  rmSync(file);
  expect(await entered).toBe('entered');
});

test('a cache folder that is a file is named with its remedy', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  await expect(withLock(file, 'clone', async () => {})).rejects.toThrow(/set XDG_CACHE_HOME/);
});
