/**
 * Lists of jobs, as a whole and by filter: every page of what fits, and a bounded look at what does not.
 */
import { expect, test } from 'vitest';
import { type Json, startApp, type TestApp } from '../support/app.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

/** Jobs of these names, one after the other. */
async function submit({ request, store }: TestApp, names: readonly string[]): Promise<string[]> {
  const { body } = await request('POST', '/v1/jobs/validate', { diagnose: false });
  const ids: string[] = [];
  for (const name of names) ids.push((await store.create({ ...body.spec, name })).job.id);
  return ids;
}

/** Ids page by page. */
async function pagesOf({ request }: TestApp, query: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body, text }: Json = await request('GET', `/v1/jobs?${query}${cursor && `&cursor=${cursor}`}`);
    expect(status, text).toBe(200);
    pages.push(body.data.map(({ id }: Json) => id));
    cursor = body.nextCursor;
  }
  return pages;
}

test('by name: those of exactly this name, newest first, in pages of their own', async () => {
  const app = await startApp(redis.current);
  const ids = await submit(app, ['a', 'b', 'a', 'ab', 'a', 'a', 'A']);
  const named = [5, 4, 2, 0].map((n) => ids[n]);
  expect(await pagesOf(app, 'name=a')).toEqual([named]);
  expect(await pagesOf(app, 'name=a&limit=3')).toEqual([named.slice(0, 3), named.slice(3)]);
  expect(await pagesOf(app, 'name=a&limit=1')).toEqual(named.map((id) => [id]));
  expect(await pagesOf(app, 'name=c')).toEqual([[]]);
  expect(await pagesOf(app, 'limit=7')).toEqual([ids.toReversed()]);
});

test('by name, status and time together', async () => {
  const app = await startApp(redis.current);
  const ids = await submit(app, ['a', 'a', 'b', 'a']);
  for (const id of [ids[0], ids[2]]) await succeed(app.store, await start(app.store, id));
  expect((await pagesOf(app, 'name=a&status=succeeded')).flat()).toEqual([ids[0]]);
  expect((await pagesOf(app, 'name=a&status=queued')).flat()).toEqual([ids[3], ids[1]]);
  const { createdAt } = await app.store.get(ids[3]);
  const before = (await pagesOf(app, `createdBefore=${createdAt}`)).flat();
  expect(before).toContain(ids[0]);
  expect(before).not.toContain(ids[3]);
  expect((await pagesOf(app, 'createdBefore=2020-01-01T00:00:00Z')).flat()).toEqual([]);
});

test('a page looks at 1,000 jobs at most, and the next goes on behind them', async () => {
  const app = await startApp(redis.current);
  const [first] = await submit(app, ['rare', ...Array(1_050).fill('common')]);
  const [last] = await submit(app, ['rare']);
  expect(await pagesOf(app, 'name=rare&limit=5')).toEqual([[last], [first]]);
}, 60_000);

test.each(['name=', 'createdBefore=yesterday', 'nme=a'])('?%s is refused', async (query) => {
  const { request } = await startApp(redis.current);
  const { status, body } = await request('GET', `/v1/jobs?${query}`);
  expect([status, body.errors[0].path]).toEqual([400, query.split('=')[0]]);
});
