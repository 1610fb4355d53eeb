/**
 * `lookback` as a user's shell runs it: its own process, pipes that close, Ctrl-C, completions that the shell loads.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { LookbackClient } from '../../src/client/client.ts';
import { Cluster } from '../../testing/cluster.ts';
import { root } from '../architecture/source-files.ts';
import { slowSpec } from '../support/cluster.ts';

const program = path.join(root, 'scripts/lookback.mjs');
const run = promisify(execFile);

let cluster: Cluster;
let client: LookbackClient;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  cluster = await Cluster.start({ apis: 1, workers: 1, dist: new URL('../../dist/', import.meta.url) });
  ({ client } = cluster);
  env = { ...process.env, LOOKBACK_URL: cluster.apis[0].url };
  return () => cluster.close();
});

test('with --json standard output is JSON and nothing else', async () => {
  const { stdout, stderr } = await run(process.execPath, [program, '--json', 'presets'], { env });
  expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(['broken', 'working', 'lookback']);
  expect(stderr).toBe('');
});

test('Ctrl-C leaves a job that is followed alone; asked for, a second one cancels it', {
  timeout: 60_000,
}, async () => {
  const { id } = await client.submit(
    slowSpec({ training: { steps: 100_000, reportEvery: 20, checkpointEvery: 1_000 } }),
  );
  const watch = (...words: string[]) => {
    const child = spawn(process.execPath, [program, 'watch', id, ...words], { env });
    onTestFinished(() => void child.kill('SIGKILL'));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const saying = (words: string) => expect.poll(() => said, { timeout: 20_000 }).toContain(words);
    return { child, saying, ended: once(child, 'exit') };
  };
  const first = watch();
  await first.saying('step ');
  first.child.kill('SIGINT');
  expect(await first.ended).toEqual([130, null]);
  await first.saying(`The job goes on: lookback watch ${id}`);
  expect((await client.job(id)).status).toBe('running');

  const second = watch('--cancel-on-interrupt');
  await second.saying('step ');
  second.child.kill('SIGINT');
  await second.saying('Ctrl-C once more');
  second.child.kill('SIGINT');
  expect(await second.ended).toEqual([1, null]);
  expect((await client.job(id)).status).toBe('cancelled');
});

test('backup and restore are commands that need no service', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-cli-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await client.submit({ training: { steps: 1 }, diagnose: false });
  const there = { ...env, REDIS_URL: cluster.redis.url, LOOKBACK_DATA: cluster.data, LOG_LEVEL: 'error' };
  const copied = await run(process.execPath, [program, 'backup', path.join(folder, 'copy')], { env: there });
  expect(JSON.parse(copied.stdout)).toMatchObject({ records: expect.any(Number) });
  expect(copied.stderr).toBe('');
  // A store that is in use is not written over.
  const failed = await run(process.execPath, [program, 'restore', path.join(folder, 'copy')], { env: there }).catch(
    (error) => error,
  );
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('already') });
  expect(failed.stderr).not.toContain('{');

  // Where only the address of a service is known, or there is no such folder, an empty backup would pass for a good one.
  const { LOOKBACK_DATA: _, REDIS_URL: __, LOOKBACK_STORE: ___, ...addressOnly } = env;
  const elsewhere = { ...addressOnly, LOOKBACK_DATA: path.join(folder, 'none') };
  for (const [words, given, why] of [
    [
      ['backup', path.join(folder, 'empty')],
      addressOnly,
      'backup works on Redis and files, not over HTTP as LOOKBACK_URL',
    ],
    [['restore', path.join(folder, 'copy')], addressOnly, 'restore works on Redis and files, not over HTTP'],
    [['backup', path.join(folder, 'empty'), '--url', 'http://a'], there, 'not over HTTP as --url asks for'],
    [['backup', path.join(folder, 'empty')], elsewhere, 'There is nothing to back up: there is no'],
  ] as const) {
    const refused = await run(process.execPath, [program, ...words], { env: given, cwd: folder }).catch(
      (error) => error,
    );
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(why) });
    expect(refused.stderr).toMatch(/Set what the service was started with: LOOKBACK_DATA.*\n$/);
  }
  expect(await readdir(folder)).toEqual(['copy']);
  const { stdout } = await run(process.execPath, [program, 'backup', '--help'], { env });
  expect(stdout).toContain('Usage: lookback backup');
});

test('a pipe that closes early is no error', async () => {
  const piped = `"${process.execPath}" "${program}" tasks --json | head -c 1; exit \${PIPESTATUS[0]}`;
  const { stdout, stderr } = await run('bash', ['-c', piped], { env });
  expect({ stdout, stderr }).toEqual({ stdout: '[', stderr: '' });
});

test('a full disk behind standard output is said in one line', async () => {
  const failed = await run('bash', ['-c', `"${process.execPath}" "${program}" tasks > /dev/full`], { env }).catch(
    (error) => error,
  );
  expect(failed).toMatchObject({ code: 2, stderr: 'Standard output cannot be written: no space is left.\n' });
});

test('bash completes commands, options and their choices', () => {
  const complete = (line: string) => {
    const words = line.split(' ');
    const script = `
      eval "$("${process.execPath}" "${program}" completion bash)"
      COMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length - 1}
      $(complete -p \${COMP_WORDS[0]} | sed 's/.*-F //; s/ .*//'); printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd: '/' }).trim().split('\n').sort();
  };
  expect(complete('lookback re')).toEqual(['remove', 'report', 'restore', 'resume', 'retry']);
  expect(complete('lookback submit --fo')).toEqual(['--follow']);
  expect(complete('lookback jobs --status fa')).toEqual(['failed']);
  expect(complete('lookback datasets sh')).toEqual(['show']);
  expect(complete('lookback sessions o')).toEqual(['open']);
  expect(complete('npx lookback re')).toEqual(['remove', 'report', 'restore', 'resume', 'retry']);
  expect(complete('npx lookback jobs --status fa')).toEqual(['failed']);
  expect(complete('npx loo')).toEqual(['']);
});

test('watching says that the service is away, and waits for it until Ctrl-C', { timeout: 60_000 }, async () => {
  const { id } = await client.submit(
    slowSpec({ training: { steps: 100_000, reportEvery: 20, checkpointEvery: 1_000 } }),
  );
  const child = spawn(process.execPath, [program, 'watch', id], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  await expect.poll(() => said, { timeout: 20_000 }).toContain('step ');
  await cluster.apis[0].process.end();
  await expect.poll(() => said, { timeout: 20_000 }).toContain('The service is away');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
});
