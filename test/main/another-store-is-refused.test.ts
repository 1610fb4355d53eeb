/** A Redis and a store that do not belong together: neither the service nor a worker starts over them, or goes on. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useRedis } from '../support/redis.ts';
import { dist, environmentIn, isServing, ownFolder, run, type Started, serverEntry } from '../support/service.ts';

const redis = useRedis();
const workerEntry = path.join(dist, 'workers/main.js');
const refusal = /^(This Redis belongs to another store|The store belongs to another Redis)/;

function start(folder: string, data: string, entry = serverEntry): Started {
  const settings = { REDIS_URL: redis.current.url, LOOKBACK_DATA: path.join(folder, data) };
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
