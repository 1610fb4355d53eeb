/** What a store in a bucket does when its server, or the way to it, fails: nothing is lost, nothing happens twice. */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/model/random.ts';
import { FencedError } from '../../src/platform/errors.ts';
import { parseS3Location } from '../../src/storage/s3/location.ts';
import { s3Faults } from '../../testing/s3-proxy.ts';
import { emptyS3, openS3, useS3 } from './s3.ts';

const s3 = useS3();
const job = 'checkpoints/job_a';
const blobs = (text: string) => ({ 'manifest.json': Buffer.from(`{"of":"${text}"}`), 'a.bin': Buffer.from(text) });
const names = ['manifest.json', 'a.bin'];
const untilItIsBack = { isOver: () => false };

const isWriteOf = (ending: string) => (request: { method?: string; url?: string }) =>
  request.method === 'PUT' && new URL(request.url!, 'http://s3').pathname.endsWith(ending);

describe('a store whose requests fail one in four', () => {
  test('has in the end what was published, once, and nothing else', { timeout: 60_000 }, async () => {
    const { proxy } = s3.current;
    const location = await emptyS3(s3.current);
    const store = openS3(location, untilItIsBack);
    const random = Random.seeded(3, 'data');
    proxy.choose = () => (random.uniform() < 0.25 ? s3Faults[random.integer(s3Faults.length)] : undefined);
    await store.begin(job, 1);
    for (let step = 1; step <= 8; step++) {
      await store.publish(`${job}/step-${step}`, blobs(String(step)), 1);
      if (step > 2) await store.remove(`${job}/step-${step - 2}`, 1);
    }
    proxy.choose = () => undefined;
    await store.begin(job, 2);
    await expect(store.publish(`${job}/step-9`, blobs('9'), 1)).rejects.toThrow(FencedError);
    const reader = openS3(location);
    expect((await reader.list(job)).whole.sort()).toEqual(['step-7', 'step-8']);
    for (const step of [7, 8]) {
      expect((await reader.get(`${job}/step-${step}/a.bin`))?.toString()).toBe(String(step));
    }
    expect(await reader.leftovers(job)).toEqual([]);
    expect(Object.values(proxy.counts).reduce((sum, count) => sum + count)).toBeGreaterThan(20);
  });

  test('takes a change whose answer was lost for its own', async () => {
    const { proxy } = s3.current;
    const store = openS3(await emptyS3(s3.current), untilItIsBack);
    await store.begin(job, 1);
    const ofCatalogue = isWriteOf('job_a.json');
    let lost = 0;
    proxy.choose = (request) => (ofCatalogue(request) && lost++ === 0 ? 'loseAnswer' : undefined);
    await store.publish(`${job}/step-1`, blobs('one'), 1);
    expect(lost).toBeGreaterThan(1);
    await store.publish(`${job}/step-1`, blobs('two'), 1);
    expect((await store.get(`${job}/step-1/a.bin`))?.toString()).toBe('two');
    expect(await store.leftovers(job)).toEqual([]);
  });

  test('reads again what came truncated or changed on its way', async () => {
    const { proxy } = s3.current;
    const location = await emptyS3(s3.current);
    await openS3(location).publish('datasets/ds_a', { 'a.bin': Buffer.alloc(100_000, 7) });
    let truncated = 0;
    proxy.choose = ({ method, url }) =>
      method === 'GET' && /a\.bin/.test(url!) && truncated++ < 2 ? 'truncate' : undefined;
    expect(await openS3(location).get('datasets/ds_a/a.bin')).toHaveLength(100_000);
    expect(truncated).toBeGreaterThan(1);
  });
});

test('a blob that was changed in the bucket is missing to all, also to who waits for a store that is away', async () => {
  const location = await emptyS3(s3.current);
  await openS3(location).publish(`${job}/step-1`, blobs('one'));
  const { prefix } = parseS3Location(location);
  const [key] = (await s3.current.server.keys(`${prefix}/${job}/`)).filter((name) => name.endsWith('/a.bin'));
  expect(await s3.current.server.change(key, () => 'two')).toBe(true);
  for (const store of [openS3(location), openS3(location, untilItIsBack)]) {
    const group = await store.open(`${job}/step-1`, names);
    expect(names.map((name) => group.has(name))).toEqual([true, false]);
    await group.close();
  }
});

describe('a store that is away', () => {
  test('is read as it was read last, by processes that start then, too; what was never read is refused', async () => {
    const { proxy } = s3.current;
    const location = await emptyS3(s3.current);
    const before = openS3(location);
    await before.publish(`${job}/step-1`, blobs('one'));
    await before.publish(`${job}/step-2`, blobs('two'));
    await (await before.open(`${job}/step-1`, names)).close();
    proxy.weather = 'away';
    for (const store of [before, openS3(location)]) {
      expect((await store.list(job)).whole).toEqual(['step-1', 'step-2']);
      const group = await store.open(`${job}/step-1`, names);
      expect((await group.read('a.bin', 3)).toString()).toBe('one');
      await group.close();
      await store.markUsed(`${job}/step-1`);
      await expect(store.open(`${job}/step-2`, names)).rejects.toMatchObject({ code: 'storage_unreachable' });
      await expect(store.publish(`${job}/step-3`, blobs('3'))).rejects.toMatchObject({ code: 'storage_unreachable' });
      expect(await store.problem()).toMatch(/^The store does not answer \(\w+\)\.$/);
    }
  });

  test('is waited for by who is patient, until that is over', async () => {
    const { proxy } = s3.current;
    const location = await emptyS3(s3.current);
    const heard: string[] = [];
    let isOver = false;
    const store = openS3(location, {
      isOver: () => isOver,
      onAway: ({ message }) => heard.push(message),
      onBack: () => heard.push('back'),
    });
    await store.begin(job, 1);
    proxy.weather = { status: 503, code: 'SlowDown' };
    const publishing = store.publish(`${job}/step-1`, blobs('one'), 1);
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
    proxy.weather = 'fair';
    await publishing;
    expect(heard).toEqual([
      'The store cannot do it at the moment: it is asked too often (SlowDown, status 503).',
      'back',
    ]);
    proxy.weather = 'away';
    isOver = true;
    await expect(store.begin(job, 2)).rejects.toMatchObject({ code: 'storage_unreachable' });
  });
});

describe('a store that refuses', () => {
  const answers: [number, string, string, RegExp][] = [
    [403, 'AccessDenied', 'storage_refused', /access is denied/],
    [404, 'NoSuchBucket', 'storage_refused', /no such bucket/],
    [403, 'SignatureDoesNotMatch', 'storage_refused', /secret key is wrong/],
    [403, 'QuotaExceeded', 'storage_full', /full/],
    [500, 'InternalError', 'storage_failing', /failed itself/],
    [501, 'NotImplemented', 'storage_failing', /NotImplemented, status 501/],
    [400, 'InvalidRequest', 'storage_refused', /InvalidRequest, status 400/],
  ];
  test.each(answers)('with status %i and %s says so', async (status, name, code, words) => {
    const { proxy } = s3.current;
    const store = openS3(await emptyS3(s3.current));
    proxy.weather = { status, code: name };
    await expect(store.put('checkpoints/x', 'y')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
    expect(await store.problem()).toMatch(words);
    if (code !== 'storage_failing') expect(await store.hasRoom('checkpoints', 1_000)).toBe(false);
  });

  test('to know the conditions of writes is not written to', async () => {
    s3.current.proxy.dropsConditions = true;
    const store = openS3(await emptyS3(s3.current));
    await expect(store.prepare()).rejects.toThrow(/ignores the conditions of writes/);
    await expect(store.begin(job, 1)).rejects.toMatchObject({ code: 'storage_refused' });
  });
});

describe('the cache of a machine', () => {
  const sizesOf = async (folder: string) => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
    return Promise.all(files.map(async (file) => ({ file, bytes: (await stat(file)).size })));
  };

  test('stays below its limit, and everything can still be read', async () => {
    const limit = 200_000;
    const location = await emptyS3(s3.current, limit);
    const writer = openS3(location);
    const content = (i: number) => Buffer.alloc(50_000, i);
    for (let i = 0; i < 8; i++) await writer.publish(`datasets/ds_${i}`, { 'a.bin': content(i) });
    const reader = openS3(location);
    for (let i = 0; i < 8; i++) expect(await reader.get(`datasets/ds_${i}/a.bin`)).toEqual(content(i));
    const kept = await sizesOf(path.join(parseS3Location(location).cacheFolder, 'blobs'));
    expect(kept.length).toBeGreaterThan(1);
    expect(kept.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(limit);
  });

  test('gives nothing that is not what was stored', async () => {
    const location = await emptyS3(s3.current);
    await openS3(location).publish('datasets/ds_a', { 'a.bin': Buffer.from('what was stored') });
    expect((await openS3(location).get('datasets/ds_a/a.bin'))?.toString()).toBe('what was stored');
    const [{ file }] = await sizesOf(path.join(parseS3Location(location).cacheFolder, 'blobs'));
    expect((await readFile(file)).toString()).toBe('what was stored');
    await writeFile(file, 'what was changed');
    expect((await openS3(location).get('datasets/ds_a/a.bin'))?.toString()).toBe('what was stored');
    s3.current.proxy.requests.length = 0;
    expect((await openS3(location).get('datasets/ds_a/a.bin'))?.toString()).toBe('what was stored');
    expect(s3.current.proxy.requests.filter((request) => /a\.bin/.test(request))).toEqual([]);
  });
});

test('what an attempt wrote and never published goes with the next, and nothing that the next has written', async () => {
  const { proxy } = s3.current;
  const location = await emptyS3(s3.current);
  const late = openS3(location);
  await late.begin(job, 1);
  await late.publish(`${job}/step-1`, blobs('one'), 1);
  const ofCatalogue = isWriteOf('job_a.json');
  proxy.choose = (request) => (ofCatalogue(request) ? 'internalError' : undefined);
  await expect(late.publish(`${job}/step-2`, blobs('two'), 1)).rejects.toMatchObject({ code: 'storage_failing' });
  proxy.choose = () => undefined;
  const store = openS3(location);
  expect(await store.leftovers(job)).toHaveLength(1);
  expect(await store.ageMs((await store.leftovers(job))[0])).toBeLessThan(60_000);
  await store.begin(job, 2);
  expect(await store.leftovers(job)).toEqual([]);
  expect(await store.list(job)).toEqual({ whole: ['step-1'], damaged: [] });
});

test.each([true, false])(
  'a group that is about to go is there for an attempt that begins then (wanted: %s)',
  async (isWanted) => {
    const location = await emptyS3(s3.current);
    const early = openS3(location);
    const key = `${job}/step-1`;
    await early.begin(job, 1);
    await early.publish(key, blobs('one'), 1);
    const late = openS3(location);
    await early.remove(key, 1, async () => {
      expect(await late.stateOf(key)).toBe('missing');
      await late.begin(job, 2);
      return isWanted;
    });
    expect((await openS3(location).get(`${key}/a.bin`))?.toString()).toBe('one');
    await late.remove(key, 2, async () => {
      await late.publish(key, blobs('two'), 2);
      return true;
    });
    expect((await openS3(location).get(`${key}/a.bin`))?.toString()).toBe('two');
    expect(await late.leftovers(job)).toEqual([]);
  },
);
