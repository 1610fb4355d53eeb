/** A Redis and a store that do not belong together: neither the service nor a worker starts over them, or goes on. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useRedis } from '../support/redis.ts';
import { dist, environmentIn, isServing, ownFolder, run, type Started, serverEntry } from '../support/service.ts';

const redis = useRedis();
/** One that has met no store before. */
const fresh = useRedis();
const workerEntry = path.join(dist, 'workers/main.js');
const refusal = /^(This Redis belongs to another store|The store belongs to another Redis)/;

function start(folder: string, data: string, entry = serverEntry, { url } = redis.current): Started {
  const settings = { REDIS_URL: url, LOOKBACK_DATA: path.join(folder, data) };
  return run([process.execPath, entry], environmentIn(folder, settings));
}

async function fatalLineOf(service: Started): Promise<string> {
  expect(await service.ended).toBe(1);
  const lines = service.output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line)).find(({ level }) => level === 60).msg;
}

test('a Redis that has met a store is used with no other, at the start or when it comes back', async () => {
  const folder = await ownFolder();
  const first = start(folder, 'first');
  await isServing(first);
  first.process.kill('SIGTERM');
  expect(await first.ended).toBe(0);

  const ofAnother = path.join(folder, 'second/checkpoints');
  await mkdir(ofAnother, { recursive: true });
  await writeFile(path.join(ofAnother, '.identity'), JSON.stringify({ version: 1, id: randomUUID() }));
  const refused = [
    start(folder, 'second'),
    start(folder, 'second', workerEntry),
    start(folder, 'unused'),
    start(folder, 'unused', workerEntry),
  ];
  for (const service of refused) expect(await fatalLineOf(service)).toMatch(refusal);
  expect(await readdir(path.join(folder, 'unused/checkpoints'))).toEqual([]);

  await redis.current.kill();
  const early = start(folder, 'second');
  await early.printed('Lookback listens on');
  await redis.current.start();
  expect(await fatalLineOf(early)).toMatch(refusal);
});

test('a service whose store is moved away, or replaced, is not ready until it is back', {
  timeout: 60_000,
}, async () => {
  const folder = await ownFolder();
  const service = start(folder, 'data', serverEntry, fresh.current);
  await isServing(service);
  const [, address] = /Lookback listens on (\S+)\. Try/.exec(service.output)!;
  const readiness = async () => {
    const { status, detail } = (await (await fetch(`${address}/health/ready`)).json()) as Record<string, unknown>;
    return `${status}: ${detail}`;
  };
  // An answer about the disk counts for two seconds.
  const becomes = (what: RegExp) => expect.poll(readiness, { timeout: 10_000 }).toMatch(what);
  await becomes(/^ok/);
  const [data, checkpoints, moved] = ['data', 'data/checkpoints', 'moved'].map((name) => path.join(folder, name));
  await rename(data, moved);
  await becomes(/^503: The data folder is not there\./);
  await rename(moved, data);
  await becomes(/^ok/);
  await rename(checkpoints, moved);
  await becomes(/^503: The store is not the one .* checkpoints\/\.identity is not there/);
  await mkdir(checkpoints, { recursive: true });
  await writeFile(path.join(checkpoints, '.identity'), JSON.stringify({ version: 1, id: randomUUID() }));
  await becomes(/^503: The store is not the one .* checkpoints\/\.identity is that of another one/);
  await rm(checkpoints, { recursive: true });
  await rename(moved, checkpoints);
  await becomes(/^ok/);
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});

test('a store that takes the place of one that is lost is made its Redis’ by hand, as the refusal says', async () => {
  const folder = await ownFolder();
  const refused = await fatalLineOf(start(folder, 'new'));
  const [, content, key] = /write (\{.*?\}) as (\S+) into/.exec(refused)!;
  await writeFile(path.join(folder, 'new', key), content);
  const service = start(folder, 'new');
  await isServing(service);
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
  expect(await readFile(path.join(folder, 'new', key), 'utf8')).toBe(content);
});
