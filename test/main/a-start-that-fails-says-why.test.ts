/** What keeps a service or a worker from starting: said in one line that names a remedy, and the exit code is not 0. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dist, environmentIn, isServing, ownFolder, processesOf, run, serverEntry } from '../support/service.ts';

const workerEntry = path.join(dist, 'workers/main.js');

/** Where tests run as root, permissions are asked of a user who has none. */
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

/** The one line of a start that fails. */
async function complaintOf(env: NodeJS.ProcessEnv, command = [process.execPath, serverEntry]): Promise<string> {
  const service = run(command, env);
  expect(await service.ended).toBe(1);
  const said = service.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ level }) => level > 30);
  expect(said).toEqual([expect.objectContaining({ level: 60, msg: expect.any(String) })]);
  expect(said[0].err).toBeUndefined();
  return said[0].msg;
}

test('a port that is in use', async () => {
  const folder = await ownFolder();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  expect(await complaintOf(environmentIn(folder, { PORT: String(port) }))).toBe(
    `Port ${port} of 127.0.0.1 is in use by another program: stop that, or set PORT to another port (PORT=0 takes a free one).`,
  );
  expect(await processesOf(folder)).toEqual([]);
});

test('a HOST that is no address of this machine', async () => {
  expect(await complaintOf(environmentIn(await ownFolder(), { HOST: '192.0.2.1' }))).toContain('HOST is 192.0.2.1');
});

test('a data folder that another Lookback is using', async () => {
  const folder = await ownFolder();
  const first = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(first);
  const { pid } = first.process;
  expect(await complaintOf(environmentIn(folder))).toBe(
    `The data folder ${folder}/data is in use by process ${pid}: stop it, or set LOOKBACK_DATA to another folder.`,
  );
  first.process.kill('SIGTERM');
  expect(await first.ended).toBe(0);
});

test.each([
  ['the service', serverEntry, ''],
  ['a worker', workerEntry, 'redis://127.0.0.1:1'],
])('%s: a data folder that is a file, or lies in one', async (_, entry, redis) => {
  const folder = await ownFolder();
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  for (const data of [file, path.join(file, 'inner')]) {
    const env = environmentIn(folder, { LOOKBACK_DATA: data, REDIS_URL: redis });
    expect(await complaintOf(env, [process.execPath, entry])).toBe(
      `The data folder ${data} cannot be made: ${file} is a file. Remove it, or set LOOKBACK_DATA to another folder.`,
    );
  }
});

test.each([
  ['the service', serverEntry, ''],
  ['a worker', workerEntry, 'redis://127.0.0.1:1'],
])('%s: a data folder without permission', async (_, entry, redis) => {
  const folder = await ownFolder();
  await chmod(folder, 0o755);
  const closed = path.join(folder, 'closed');
  await mkdir(closed, { mode: isRoot ? 0o755 : 0o555 });
  const env = environmentIn(folder, { LOOKBACK_DATA: path.join(closed, 'data'), REDIS_URL: redis });
  const said = await complaintOf(env, [...asNobody, process.execPath, entry]);
  expect(said).toMatch(
    new RegExp(`has no permission for ${closed}\\. Give it \\(chown \\w+ ${closed}\\), or set LOOKBACK_DATA`),
  );
});

test.runIf(isRoot)('a data folder without permission for a user who has no entry in passwd', async () => {
  const folder = await ownFolder();
  await chmod(folder, 0o755);
  const env = environmentIn(folder, { LOOKBACK_DATA: path.join(folder, 'data') });
  const asNumber = ['setpriv', '--reuid=4321', '--regid=4321', '--clear-groups'];
  expect(await complaintOf(env, [...asNumber, process.execPath, serverEntry])).toContain(
    `the user 4321 has no permission for ${folder}. Give it (chown 4321 ${folder}), or set LOOKBACK_DATA`,
  );
});

test('a data folder in a file system that takes none', async () => {
  const env = environmentIn(await ownFolder(), { LOOKBACK_DATA: '/proc/lookback/data' });
  expect(await complaintOf(env)).toBe(
    isRoot
      ? 'The data folder /proc/lookback/data cannot be made: /proc takes no folders (ENOENT). Set LOOKBACK_DATA to another folder.'
      : expect.stringContaining('/proc'),
  );
});

test.runIf(isRoot)('a data folder that is refused to root', async () => {
  const env = environmentIn(await ownFolder(), { LOOKBACK_DATA: '/sys/lookback' });
  expect(await complaintOf(env)).toMatch(/refuses it to root, too \(E\w+\)\. Set LOOKBACK_DATA|is on a read-only disk/);
});

test('a LOOKBACK_REDIS_SERVER that is no program', async () => {
  expect(await complaintOf(environmentIn(await ownFolder(), { LOOKBACK_REDIS_SERVER: '/no/redis' }))).toBe(
    'LOOKBACK_REDIS_SERVER is "/no/redis", which is not a program: correct it or unset it.',
  );
});

test('a redis-server that does not start', async () => {
  const folder = await ownFolder();
  const program = path.join(folder, 'redis-server');
  await writeFile(program, '#!/bin/sh\necho "no Redis today" >&2\nexit 3\n', { mode: 0o755 });
  expect(await complaintOf(environmentIn(folder, { LOOKBACK_REDIS_SERVER: program }))).toBe(
    'redis-server did not start: no Redis today',
  );
  expect(await readdir(path.join(folder, 'data/redis'))).toEqual([]);
});

test('an append-only file with a damaged tail', async () => {
  const folder = await ownFolder();
  const first = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(first);
  first.process.kill('SIGTERM');
  await first.ended;
  const parts = path.join(folder, 'data/redis/appendonlydir');
  const names = await readdir(parts).catch(() => []);
  const last = names.find((name) => name.endsWith('.incr.aof'));
  const file = last ? path.join(parts, last) : path.join(folder, 'data/redis/appendonly.aof');
  await appendFile(file, 'garbage that is no command\r\n');
  const said = await complaintOf(environmentIn(folder));
  expect(said).toContain(`the append-only file ${file} is damaged. Make a copy of ${path.dirname(file)}, then run: `);
  const repair = /then run: (.*)$/.exec(said)![1];
  const repaired = run(['bash', '-c', `echo y | ${repair}`], process.env);
  expect(await repaired.ended).toBe(0);
  const next = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(next);
  next.process.kill('SIGTERM');
  expect(await next.ended).toBe(0);
}, 60_000);

test.each([
  ['the service', serverEntry],
  ['a worker', workerEntry],
])('%s that may open only a few files', async (_, entry) => {
  const env = environmentIn(await ownFolder(), { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(await complaintOf(env, ['bash', '-c', `ulimit -n 64; exec ${process.execPath} ${entry}`])).toBe(
    'The system lets a process open 64 files, and Lookback needs 256: raise the limit (ulimit -n 1024; LimitNOFILE= of systemd, --ulimit nofile=1024 of docker).',
  );
});

test.each(['', '{', '{"owner": "nobody"}'])('a lease of %j does not keep it from starting', async (text) => {
  const folder = await ownFolder();
  await mkdir(path.join(folder, 'data/redis'), { recursive: true });
  await writeFile(path.join(folder, 'data/redis/lease.json'), text);
  const service = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(service);
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});

test.each(['mkfifo', 'mkdir'])('a lease made by %s does not keep it from starting', async (command) => {
  const folder = await ownFolder();
  await mkdir(path.join(folder, 'data/redis'), { recursive: true });
  spawnSync(command, [path.join(folder, 'data/redis/lease.json')]);
  const service = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(service);
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});
