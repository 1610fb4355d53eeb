/**
 * The npm scripts as a user meets them: `node scripts/run.mjs start` in a small clone, from the first run to the exit code.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { pathWithOnly, projectRoot, temporaryFolder, writeFiles } from './fake-clone.ts';

/** A server that shows what it was given, then waits for a signal and ends with its own exit code. */
const server = `
  import { readFileSync } from 'node:fs';
  const { LOOKBACK_REDIS_SERVER, LOOKBACK_WORKERS } = process.env;
  const verb = readFileSync(new URL('./jobs/verb.lua', import.meta.url), 'utf8');
  const running = setInterval(() => {}, 1000);
  let signals = 0;
  process.on('SIGTERM', () => {
    signals += 1;
    clearInterval(running);
    process.exitCode = 6 + signals;
  });
  console.log(JSON.stringify({ parameters: process.argv.slice(2), LOOKBACK_REDIS_SERVER, LOOKBACK_WORKERS, verb }));
`;

/** A clone with the real scripts and compiler, the server above, and no dependencies to install. */
function makeClone() {
  const root = temporaryFolder();
  cpSync(join(projectRoot, 'scripts'), join(root, 'scripts'), { recursive: true });
  copyFileSync(join(projectRoot, 'tsconfig.json'), join(root, 'tsconfig.json'));
  const noPackages = '{"packages": {}}';
  writeFiles(root, {
    'package.json': '{"type": "module"}',
    'package-lock.json': noPackages,
    'node_modules/.package-lock.json': noPackages,
    'scripts/build-simd.mjs': '// This clone has no engine.',
    'scripts/bundle-child.mjs': '// Nor a worker.',
    'src/server.ts': server,
    'src/jobs/verb.lua': 'return 1',
  });
  mkdirSync(join(root, 'node_modules/@types'));
  for (const name of ['typescript', '@typescript', '@types/node', 'undici-types']) {
    const target = join(projectRoot, 'node_modules', name);
    if (existsSync(target)) symlinkSync(target, join(root, 'node_modules', name));
  }
  const redis = join(root, 'redis-server');
  writeFileSync(redis, '#!/bin/sh\n', { mode: 0o755 });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_CACHE_HOME: root,
    LOOKBACK_ENGINES: 'simd',
    LOOKBACK_REDIS_SERVER: redis,
  };
  delete env.REDIS_URL;
  return { root, redis, env };
}

interface Ending {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a script of the clone; sends it SIGTERM when it has written its first line to standard output. */
async function runScript(root: string, env: NodeJS.ProcessEnv, ...parameters: string[]): Promise<Ending> {
  const child = spawn(process.execPath, parameters, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (stdout.endsWith('\n')) child.kill('SIGTERM');
  });
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout, stderr };
}

test('start builds, becomes the server, and leaves signals, exit code and standard output to it', async () => {
  const { root, env, redis } = makeClone();
  const { exitCode, stdout, stderr } = await runScript(root, env, 'scripts/run.mjs', 'start', '--json');
  expect(stderr).toContain('setup  building dist');
  expect(JSON.parse(stdout)).toEqual({ parameters: ['--json'], LOOKBACK_REDIS_SERVER: redis, verb: 'return 1' });
  expect(exitCode).toBe(7);
});

test('a second start says nothing and builds nothing; a changed source builds again', async () => {
  const { root, env } = makeClone();
  await runScript(root, env, 'scripts/run.mjs', 'start');
  expect((await runScript(root, env, 'scripts/run.mjs', 'start')).stderr).toBe('');
  writeFiles(root, { 'src/jobs/verb.lua': 'return 2' });
  const { stdout, stderr } = await runScript(root, env, 'scripts/run.mjs', 'start');
  expect(stderr).toContain('building dist');
  expect(JSON.parse(stdout).verb).toBe('return 2');
});

test('what a build generates among the sources does not ask for another build', async () => {
  const { root, env } = makeClone();
  const script = `
    import { writeFileSync } from 'node:fs';
    writeFileSync('src/engine.wasm', 'generated');
  `;
  writeFiles(root, { 'scripts/build-simd.mjs': script });
  await runScript(root, env, 'scripts/run.mjs', 'start');
  expect(readFileSync(join(root, 'dist/src/engine.wasm'), 'utf8')).toBe('generated');
  expect((await runScript(root, env, 'scripts/run.mjs', 'start')).stderr).toBe('');
});

test('api is the server without workers', async () => {
  const { root, env } = makeClone();
  const { stdout } = await runScript(root, env, 'scripts/run.mjs', 'api');
  expect(JSON.parse(stdout).LOOKBACK_WORKERS).toBe('0');
});

test('two starts at once build once, and both run', async () => {
  const { root, env } = makeClone();
  const runs = await Promise.all([1, 2].map(() => runScript(root, env, 'scripts/run.mjs', 'start')));
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([7, 7]);
  expect(runs.filter(({ stderr }) => stderr.includes('building dist')).length).toBe(1);
});

test.each([
  ['an unknown program', {}, ['scripts/run.mjs', 'strat'], /run.mjs takes one of start, api/],
  ['an unknown engine', { LOOKBACK_ENGINES: 'cuda' }, ['scripts/setup.mjs'], /LOOKBACK_ENGINES names "cuda"/],
  ['an unknown source', { LOOKBACK_TENSORFLOW: 'pip' }, ['scripts/setup.mjs'], /it takes "wheel" or "official"/],
  ['a Redis that is not there', { LOOKBACK_REDIS_SERVER: '/nowhere' }, ['scripts/setup.mjs'], /is not a program/],
])('%s gets one sentence and the exit code 1', async (_, changes, parameters, sentence) => {
  const { root, env } = makeClone();
  const { exitCode, stdout, stderr } = await runScript(root, { ...env, ...changes }, ...parameters);
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(sentence)]);
  expect(stdout).toBe('');
  expect(exitCode).toBe(1);
});

test('without npm, packages that are missing get one sentence and the exit code 1', async () => {
  const { root, env } = makeClone();
  rmSync(join(root, 'node_modules'), { recursive: true });
  writeFiles(root, { 'package-lock.json': '{"packages": {"node_modules/zod": {"version": "4.0.0"}}}' });
  const changes = { PATH: pathWithOnly('sh') };
  const { exitCode, stderr } = await runScript(root, { ...env, ...changes }, 'scripts/setup.mjs');
  expect(stderr).toMatch(/^setup {2}npm is needed to install the packages.*\n$/);
  expect(exitCode).toBe(1);
});

test('a signal during the set-up ends the download with it', async () => {
  const { root, env } = makeClone();
  const path = temporaryFolder();
  const pip = `#!${process.execPath}
    const { writeFileSync } = require('node:fs');
    process.on('SIGTERM', () => { writeFileSync('${path}/ended', ''); process.exit(); });
    setInterval(() => {}, 1000);
    writeFileSync('${path}/started', '');
  `;
  writeFileSync(join(path, 'python3'), pip, { mode: 0o755 });
  const changes = { PATH: path, LOOKBACK_REDIS_SERVER: undefined };
  const setup = spawn(process.execPath, ['scripts/setup.mjs'], {
    cwd: root,
    env: { ...env, ...changes },
    stdio: 'ignore',
  });
  const isThere = (name: string) =>
    vi.waitFor(() => expect(existsSync(join(path, name))).toBe(true), { timeout: 20_000 });
  await isThere('started');
  setup.kill('SIGTERM');
  const [exitCode] = await once(setup, 'close');
  expect(exitCode).toBe(143);
  await isThere('ended');
});

test('sources that do not compile end the start with what the compiler says, every time', async () => {
  const { root, env } = makeClone();
  writeFiles(root, { 'src/broken.ts': 'export const answer: number = "42";' });
  for (const _ of ['first', 'again']) {
    const { exitCode, stdout, stderr } = await runScript(root, env, 'scripts/run.mjs', 'start');
    expect(stderr).toContain('src/broken.ts(1,14): error TS2322');
    expect(stdout).toBe('');
    expect(exitCode).toBe(1);
  }
});
