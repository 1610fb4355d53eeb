/**
 * The page as it is served: headers, caching, compression, and the size of what a first visit loads. No browser is needed.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compiled, startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const folder = compiled('dashboard');
const assets = path.join(folder, 'assets');

test('the script of a first visit is at most 120 KB, compressed as the oldest client takes it', async () => {
  const names = (await readdir(assets)).filter((name) => name.endsWith('.js'));
  expect(names.length).toBeGreaterThan(0);
  const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(path.join(assets, name))).length));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
});

test('the page is asked for anew, its hashed files are kept, and both are strict', async () => {
  const { url } = await startApp(redis.current, { dashboard: folder });
  const page = await fetch(`${url}/`, { headers: { 'accept-encoding': 'br' } });
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(page.headers.get('content-encoding')).toBe('br');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const policy = page.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');

  const [, script] = /<script type="module"[^>]* src="[./]*(assets\/[\w.-]+)"><\/script>/.exec(html)!;
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).not.toMatch(/<style|style=|https?:/);
  const file = await fetch(`${url}/${script}`);
  expect((await file.text()).length).toBeGreaterThan(10_000);
  expect(file.status).toBe(200);
  expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(file.headers.get('content-type')).toContain('javascript');
});

test('other paths, and other hosts, are answered as before', async () => {
  const { request, url } = await startApp(redis.current, { dashboard: folder });
  const missing = await fetch(`${url}/assets/none.js`);
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ code: 'route_not_found' });
  expect(missing.headers.get('content-type')).toContain('application/problem+json');
  expect((await request('POST', '/')).status).toBe(405);
  expect((await request('GET', '/jobs')).body.detail).toContain('Did you mean /v1/jobs?');
});
