/**
 * The npm scripts as a user meets them: `node scripts/run.mjs start` in a small clone, from the first run to the exit code.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { pathWithOnly, temporaryFolder, writeFiles } from './fake-clone.ts';
import { makeClone } from './script-clone.ts';

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
  const { exitCode, stdout, stderr } = await runScript(root, env, 'scripts/run.mjs', 'start');
  expect(stderr).toContain('setup  building dist');
  expect(JSON.parse(stdout)).toEqual({ parameters: [], LOOKBACK_REDIS_SERVER: redis, verb: 'return 1' });
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

test('an error of a program, and of a process that it starts, names the line of its source', async () => {
  const { root, env } = makeClone();
  const starts = `
    import { fork } from 'node:child_process';
    fork(new URL('../child.js', import.meta.url));
    export interface Removed {
      only: 'types';
    }
    console.error(new Error('mine').stack);
  `;
  writeFiles(root, {
    'src/main/server.ts': starts,
    'src/child.ts': `export interface Removed {}\nthrow new Error('the child’s');`,
  });
  const { stderr } = await runScript(root, env, 'scripts/run.mjs', 'start');
  expect(stderr).toMatch(/Error: mine\n.*src\/main\/server\.ts:7:/);
  expect(stderr).toMatch(/Error: the child’s\n.*src\/child\.ts:2:/);
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
  [
    'an argument of a program that takes none',
    {},
    ['scripts/run.mjs', 'start', '--port'],
    /takes no arguments.*PORT=8080/,
  ],
  [
    'an unknown argument of the set-up',
    {},
    ['scripts/setup.mjs', '--jsno'],
    /Unknown option '--jsno'\. Usage: npm run/,
  ],
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

test('an unknown argument of a program gets a line with those that it takes', async () => {
  const { root, env } = makeClone();
  const strict = `import { parseArgs } from 'node:util';\nparseArgs({ options: { json: { type: 'boolean' } } });`;
  writeFiles(root, { 'src/demo/main.ts': strict });
  const { exitCode, stderr } = await runScript(root, env, 'scripts/run.mjs', 'demo', '--jsno');
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    "setup  Unknown option '--jsno'. Usage: npm run demo -- [--json] [--seed N]",
  );
  expect(exitCode).toBe(1);
});

test.each([['scripts/run.mjs', 'start'], ['scripts/run.mjs', 'demo'], ['scripts/setup.mjs']])(
  '%s %s --help says how it is used, and sets nothing up',
  (...command) => {
    const { root, env } = makeClone();
    const { status, stdout, stderr } = spawnSync(process.execPath, [...command, '--help'], {
      cwd: root,
      env,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^Usage: npm /),
      stderr: '',
    });
  },
);

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
  const [, signal] = await once(setup, 'close');
  expect(signal).toBe('SIGTERM');
  expect(existsSync(join(path, 'ended'))).toBe(true);
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
