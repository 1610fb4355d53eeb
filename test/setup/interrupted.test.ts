/**
 * A set-up that is ended while npm works: npm ends with it, the lock is free afterwards, and node_modules is whole or as it was.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hasDependencies } from '../../scripts/setup/dependencies.mjs';
import { pathWithOnly, projectRoot, temporaryFolder, writeFiles } from './fake-clone.ts';
import { makeClone } from './script-clone.ts';

const lock = { packages: { 'node_modules/zod': { version: '4.0.0', bin: { zod: 'bin/zod.js' } } } };

/** Installs what the lock file wants, as npm does: the record last. */
const install = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  mkdirSync('node_modules/zod/bin', { recursive: true });
  writeFileSync('node_modules/zod/package.json', '{"version": "4.0.0"}');
  writeFileSync('node_modules/zod/bin/zod.js', '');
  writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(JSON.stringify(lock))});
`;

/** Says its process and that of a program that it has started, then works on and does not listen to SIGTERM, as its program does not. */
const stubborn = (folder: string) => `
  const { spawn } = require('node:child_process');
  const { renameSync, writeFileSync } = require('node:fs');
  process.on('SIGTERM', () => {});
  const forever = 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)';
  const program = spawn(process.execPath, ['-e', forever], { stdio: ['ignore', 'pipe', 'ignore'] });
  program.stdout.once('data', () => {
    writeFileSync('${folder}/pids.tmp', JSON.stringify([process.pid, program.pid]));
    renameSync('${folder}/pids.tmp', '${folder}/pids');
  });
  setInterval(() => {}, 1000);
`;

/** A clone whose packages are missing, and a PATH on which `npm` is what is told. */
function makeScene(npm: (folder: string) => string) {
  const { root, env } = makeClone();
  rmSync(join(root, 'node_modules/.package-lock.json'));
  writeFiles(root, { 'package-lock.json': JSON.stringify(lock) });
  const path = pathWithOnly('sh');
  symlinkSync(process.execPath, join(path, 'node'));
  const setNpm = (script: string) =>
    writeFileSync(join(path, 'npm'), `#!${process.execPath}\n${script}`, { mode: 0o755 });
  setNpm(npm(path));
  const start = () => {
    const parameters = ['scripts/setup.mjs', '--without-build'];
    const child = spawn(process.execPath, parameters, {
      cwd: root,
      env: { ...env, PATH: path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const pids = async (): Promise<number[]> => {
    await vi.waitFor(() => expect(existsSync(join(path, 'pids'))).toBe(true), { timeout: 20_000 });
    const found = JSON.parse(readFileSync(join(path, 'pids'), 'utf8'));
    onTestFinished(() => {
      for (const pid of found.filter(isAlive)) process.kill(pid, 'SIGKILL');
    });
    return found;
  };
  return {
    root,
    env: { ...env, PATH: path },
    start,
    setNpm,
    pids,
    locks: () => readdirSync(join(root, 'lookback/locks')),
  };
}

function isAlive(pid: number): boolean {
  try {
    // What was killed and nobody has asked for yet is still listed, as a zombie.
    return !/^\S+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function ending(child: ChildProcess) {
  let stderr = '';
  child.stderr!.on('data', (chunk) => {
    stderr += chunk;
  });
  const [exitCode, signal] = await once(child, 'close');
  return { exitCode, signal, stderr };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends npm, with what it has started, and frees the lock',
  async (signal) => {
    const { root, start, pids, locks } = makeScene(stubborn);
    const setup = start();
    const ended = ending(setup);
    const working = await pids();
    setup.kill(signal);
    expect(await ended).toMatchObject({ signal, stderr: 'setup  installing the npm packages ...\n' });
    expect(working.filter(isAlive)).toEqual([]);
    expect(locks()).toEqual([]);
    expect(hasDependencies(root)).toBe(false);
  },
);

test('with nohup it goes on without the terminal, to its end', async () => {
  const untilTold = (folder: string) => `
    const { existsSync, renameSync, writeFileSync } = require('node:fs');
    writeFileSync('${folder}/pids.tmp', JSON.stringify([process.pid, process.ppid]));
    renameSync('${folder}/pids.tmp', '${folder}/pids');
    const looking = setInterval(() => {
      if (!existsSync('${folder}/go-on')) return;
      clearInterval(looking);
      (() => {${install}})();
    }, 20);`;
  const { root, env, pids } = makeScene(untilTold);
  const setUp = `nohup env PATH=${env.PATH} ${process.execPath} scripts/setup.mjs --without-build`;
  // A second job, which a hang-up ends: bash sends it to one after the other.
  const shell = ['bash', '-i', '-c', `cd ${root}; ${setUp} & sleep 600 & echo "[$!]"; wait`];
  const terminal = spawn('python3', [join(projectRoot, 'test/support/terminal.py'), ...shell], {
    env: { ...env, PATH: process.env.PATH },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  terminal.stdout.on('data', (text) => {
    printed += text;
  });
  const working = await pids();
  const sleeping = Number(/\[(\d+)\]\r?\n(?!.*\[\d+\]\r?\n)/s.exec(printed)![1]);
  terminal.stdin.end();
  await vi.waitFor(() => expect(isAlive(sleeping)).toBe(false), { timeout: 20_000 });
  expect(working.filter(isAlive)).toEqual(working);
  writeFileSync(join(env.PATH!, 'go-on'), '');
  const log = () => readFileSync(join(root, 'nohup.out'), 'utf8');
  await vi.waitFor(() => expect(log()).toContain('setup  ready'), { timeout: 20_000 });
  expect(hasDependencies(root)).toBe(true);
}, 60_000);

test('the next set-up ends the npm of one that was killed, and installs', async () => {
  const { root, start, setNpm, pids, locks } = makeScene(stubborn);
  const killed = start();
  const working = await pids();
  killed.kill('SIGKILL');
  await once(killed, 'close');
  expect(working.filter(isAlive)).toEqual(working);
  setNpm(install);
  expect(await ending(start())).toMatchObject({ exitCode: 0 });
  expect(working.filter(isAlive)).toEqual([]);
  expect(locks()).toEqual([]);
  expect(hasDependencies(root)).toBe(true);
  expect(readdirSync(join(root, '.builds'))).toEqual([]);
});

test('an npm that fails leaves node_modules as it was', async () => {
  const { root, start } = makeScene(() => `${install}; console.error('npm error code E500'); process.exitCode = 1;`);
  writeFiles(root, { 'node_modules/before.js': 'before' });
  expect(await ending(start())).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('npm error code E500') });
  expect(readFileSync(join(root, 'node_modules/before.js'), 'utf8')).toBe('before');
  expect(existsSync(join(root, 'node_modules/zod'))).toBe(false);
});

test('packages that are installed anew keep the native half of tfjs-node', async () => {
  const manifest = '{"version": "4.22.0"}';
  const tfjs = 'node_modules/@tensorflow/tfjs-node';
  const { root, start } = makeScene(
    () => `${install}
      mkdirSync('${tfjs}', { recursive: true });
      writeFileSync('${tfjs}/package.json', '${manifest}');`,
  );
  const native = { [`${tfjs}/lib/napi-v8/tfjs_binding.node`]: 'binding', [`${tfjs}/deps/lib/library.so`]: 'library' };
  writeFiles(root, { [`${tfjs}/package.json`]: manifest, [`${tfjs}/lib/of-the-old-tree.js`]: '', ...native });
  expect(await ending(start())).toMatchObject({ exitCode: 0 });
  for (const [file, content] of Object.entries(native)) expect(readFileSync(join(root, file), 'utf8')).toBe(content);
  expect(existsSync(join(root, tfjs, 'lib/of-the-old-tree.js'))).toBe(false);
});

test.each([
  ['a package', 'node_modules/zod'],
  ['a package’s program', 'node_modules/zod/bin/zod.js'],
  ['npm’s own record', 'node_modules/.package-lock.json'],
])('a tree without %s is installed anew, whatever else it says', async (_, missing) => {
  const { root, start } = makeScene(() => install);
  await ending(start());
  expect(hasDependencies(root)).toBe(true);
  rmSync(join(root, missing), { recursive: true });
  expect(hasDependencies(root)).toBe(false);
  await ending(start());
  expect(hasDependencies(root)).toBe(true);
});

test('a package of another version than its record says is installed anew', () => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'node_modules'));
  const record = JSON.stringify(lock);
  writeFiles(root, {
    'package-lock.json': record,
    'node_modules/.package-lock.json': record,
    'node_modules/zod/package.json': '{"version": "3.9.0"}',
    'node_modules/zod/bin/zod.js': '',
  });
  expect(hasDependencies(root)).toBe(false);
});
