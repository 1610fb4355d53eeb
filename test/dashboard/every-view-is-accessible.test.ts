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
  { hash: '#/data/{dataset}', ready: '.plot-area' },
  { hash: '#/data/{wide}', ready: '.feature-row' },
  { hash: '#/tour?broken={broken}', ready: '.finding' },
  { hash: '#/nowhere', ready: '.empty' },
];
const settings = [
  { name: 'light, on a desk', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark, on a phone', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
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
  const wide = Array.from({ length: 20 }, (_, i) => `{"x": [[${i % 2}, 1, null], [1, 0.5, 2]], "y": ["a", "b"]}`);
  ids.wide = (await client.uploadDataset(wide.join('\n'), { format: 'ndjson', name: 'features' })).id;
  ids.dataset = (await client.uploadDataset(lines.join('\n'), { format: 'ndjson', name: 'pairs' })).id;
}, 60_000);

async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )) as Violation[];
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`),
  );
}

test.each(settings)('no view breaks a rule or is wider than its window: $name', async ({ name, ...setting }) => {
  // One page for all: a view is left for the next by its link, as a person does it.
  const page = await dashboard.open('#/nowhere', setting);
  // Through the browser's own channel, so that the page's policy stays as strict as it is.
  await page.evaluate(axe);
  for (const { hash, ready } of views) {
    const address = hash.replaceAll(/\{(\w+)\}/g, (_, id) => ids[id]);
    await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
    await page.locator(ready).first().waitFor();
    expect(await violations(page), hash).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, hash).toBeLessThanOrEqual(0);
  }
});

test('dark and light are chosen by hand, and kept', async () => {
  const page = await dashboard.open('', { colorScheme: 'light' });
  await page.getByRole('button', { name: 'Dark colours' }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Light colours' }).waitFor();
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
});
