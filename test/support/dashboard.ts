/**
 * The dashboard of a real service in a real browser: one of both for all tests of a file. A page that throws, breaks its
 * own Content-Security-Policy, or asks anybody but the service for something fails its test.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, test as anyTest, beforeAll, expect, onTestFinished, vi } from 'vitest';
import { findChromium, launchBrowser } from '../../testing/browser.ts';
import { Cluster, type ClusterOptions } from '../../testing/cluster.ts';

const dist = new URL('../../dist/', import.meta.url);

/** Skipped where the machine has no Chromium. */
export const test: typeof anyTest = findChromium() === undefined ? (anyTest.skip as typeof anyTest) : anyTest;

export interface Dashboard {
  cluster: Cluster;
  browser: Browser;
  /** Opens a view by its address behind `#`. */
  open(hash?: string, options?: BrowserContextOptions): Promise<Page>;
}

/** How long a test waits for what it expects of a page. */
export const patience = { timeout: 20_000 };

export function useDashboard(options: Partial<ClusterOptions> = {}): Dashboard {
  vi.setConfig({ testTimeout: 120_000 });
  const dashboard = {} as Dashboard;
  beforeAll(async () => {
    if (findChromium() === undefined) return;
    [dashboard.cluster, dashboard.browser] = await Promise.all([
      Cluster.start({ apis: 1, workers: 1, dist, ...options }),
      launchBrowser(),
    ]);
    dashboard.open = (hash = '', context = {}) => openPage(dashboard, hash, context);
  }, 120_000);
  afterAll(async () => {
    await dashboard.browser?.close();
    await dashboard.cluster?.close();
  });
  return dashboard;
}

async function openPage({ browser, cluster }: Dashboard, hash: string, options: BrowserContextOptions): Promise<Page> {
  const { url } = cluster.apis[0];
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(patience.timeout);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`${error.message}\n${error.stack}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Content-Security-Policy/.test(message.text())) faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) faults.push(`It asks for ${request.url()}.`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  await page.goto(`${url}/${hash}`);
  return page;
}
