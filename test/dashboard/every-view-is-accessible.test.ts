/**
 * Every view, held to the rules of axe-core in both colour schemes and at the width of a phone; and none wider than its
 * window.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { beforeAll, expect } from 'vitest';
import { findChromium } from '../../testing/browser.ts';
import { test, useDashboard } from '../support/dashboard.ts';

const dashboard = useDashboard();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Views and what shows that they are complete; `{job}` and the like stand for ids. */
const views = [
  { hash: '#/jobs', ready: '.job-row .sparkline path' },
  { hash: '#/jobs/{broken}', ready: '.confusion' },
  { hash: '#/compare?jobs={broken},{lookback}', ready: '.legend' },
  { hash: '#/new?from={broken}&patch=axes-swapped', ready: '.estimate .facts' },
  { hash: '#/new?view=json', ready: 'textarea' },
  { hash: '#/try/{lookback}', ready: '.bars li' },
  { hash: '#/data', ready: '.table' },
  { hash: '#/data/{dataset}', ready: '.strip' },
  { hash: '#/tour?broken={broken}', ready: '.finding' },
  { hash: '#/nowhere', ready: '.empty' },
];
const settings = [
  { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

const ids: Record<string, string> = {};

beforeAll(async () => {
  if (findChromium() === undefined) return;
  const { client } = dashboard.cluster;
  for (const preset of ['broken', 'lookback'] as const) {
    ids[preset] = (await client.submit({ preset, training: { evaluateEvery: 300 } })).id;
    for await (const _ of client.events(ids[preset]));
  }
  const lines = Array.from({ length: 20 }, (_, i) => `{"x": [${i % 2}, 1, 0, 1], "y": ["a", "b", "a", "b"]}`);
  ids.dataset = (await client.uploadDataset(lines.join('\n'), { format: 'ndjson', name: 'pairs' })).id;
}, 60_000);

async function violations(page: Page): Promise<string[]> {
  // Through the browser's own channel, so that the page's policy stays as strict as it is.
  await page.evaluate(axe);
  const found = (await page.evaluate('axe.run(document).then(({ violations }) => violations)')) as Violation[];
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
  );
}

for (const { hash, ready } of views) {
  test(`${hash} breaks no rule and fits its window`, async () => {
    const address = hash.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name]);
    for (const setting of settings) {
      const page = await dashboard.open(address, setting);
      await page.locator(ready).first().waitFor();
      expect(await violations(page), `${setting.colorScheme}`).toEqual([]);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `${setting.viewport.width}`).toBeLessThanOrEqual(0);
    }
  });
}

test('dark and light are chosen by hand, and kept', async () => {
  const page = await dashboard.open('', { colorScheme: 'light' });
  await page.getByRole('button', { name: 'Dark colours' }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Light colours' }).waitFor();
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
});
