/**
 * Frames of the dashboard in a real Chromium: a list of 2,000 jobs that scrolls, and a curve of 10,000 points that is
 * zoomed. `npm run bench:dashboard -- [--jobs 2000] [--seconds 5] [--json]`
 *
 * A frame is late when it comes more than 25 ms after the one before, where a screen shows one every 16.7 ms. What a
 * frame costs is the time that the page's thread was busy, of these 16.7 ms. Chromium runs without a screen: it draws in
 * software. Browser, service, Redis and whatever else runs share the cores of this machine.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { endRun } from '../src/jobs/decisions/run-end.ts';
import { claim, reportProgress } from '../src/jobs/decisions/run-reports.ts';
import { JobStore } from '../src/jobs/store.ts';
import { connect, defaultPrefix, keyNames } from '../src/platform/redis/connections.ts';
import { type JobSpec, resolveJobSpec } from '../src/spec/job-spec.ts';
import { launchBrowser } from '../testing/browser.ts';
import { Cluster } from '../testing/cluster.ts';

interface Frames {
  seconds: number;
  framesPerSecond: number;
  medianMs: number;
  p99Ms: number;
  longestMs: number;
  lateShare: number;
  /** Of the page's thread, on average: script, styles, layout, painting. */
  busyMs: number;
}

interface Result {
  list: Frames & { jobs: number };
  curve: Frames & { points: number };
}

const points = 10_000;
const pointsOfOthers = 10;

/** Jobs as a worker would leave them, written without the training. */
async function writeJobs(store: JobStore, count: number): Promise<string> {
  const longest = await writeJob(store, resolveJobSpec({ name: 'long', training: { steps: points, reportEvery: 1 } }));
  const spec = (i: number) =>
    resolveJobSpec({ name: `job ${i}`, training: { steps: 1000, reportEvery: 1000 / pointsOfOthers } });
  const atOnce = 20;
  for (let i = 1; i < count; i += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - i) }, (_, k) => i + k);
    await Promise.all(numbers.map((number) => writeJob(store, spec(number))));
  }
  return longest;
}

async function writeJob(store: JobStore, spec: JobSpec): Promise<string> {
  const { job } = await store.create(spec);
  const { steps, reportEvery } = spec.training;
  await store.change(job.id, claim(1, new Date()));
  for (let step = reportEvery; step <= steps; step += reportEvery) {
    const loss = 1.4 * Math.exp((-4 * step) / steps) + 0.05 * Math.abs(Math.sin(step));
    const progress = { step, steps, loss, accuracy: 1 - loss / 2, stepsPerSecond: 1000 };
    await store.change(job.id, reportProgress(1, progress));
  }
  await store.change(job.id, endRun(1, 'succeeded', new Date()));
  return job.id;
}

/** Runs `act` before each frame for a while, in the page. */
async function framesWhile(page: Page, seconds: number, act: string): Promise<Frames> {
  const browser = await page.context().newCDPSession(page);
  await browser.send('Performance.enable');
  const busySeconds = async () => {
    const { metrics } = await browser.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value;
  };
  const before = await busySeconds();
  const gaps = (await page.evaluate(`new Promise((resolve) => {
    const gaps = [];
    const act = ${act};
    const until = performance.now() + ${seconds * 1000};
    let last;
    let count = 0;
    const frame = (now) => {
      if (last !== undefined) gaps.push(now - last);
      last = now;
      act(count++);
      if (now < until) requestAnimationFrame(frame);
      else resolve(gaps);
    };
    requestAnimationFrame(frame);
  })`)) as number[];
  const busyMs = round((1000 * ((await busySeconds()) - before)) / gaps.length);
  await browser.detach();
  const sorted = gaps.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return {
    seconds,
    framesPerSecond: round((1000 * gaps.length) / total),
    medianMs: at(0.5),
    p99Ms: at(0.99),
    longestMs: round(sorted[sorted.length - 1]),
    lateShare: round(gaps.filter((gap) => gap > 25).length / gaps.length, 4),
    busyMs,
  };
}

/** Asks the page again and again: its policy lets nothing be evaluated from within. */
async function until(page: Page, expression: string): Promise<void> {
  while (!(await page.evaluate(expression))) await page.waitForTimeout(100);
}

function round(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

async function measure(count: number, seconds: number): Promise<Result> {
  const dist = new URL('../', import.meta.url);
  const cluster = await Cluster.start({ apis: 1, workers: 0, dist, fsync: 'everysec' });
  const redis = connect(cluster.redis, 'background');
  const browser = await launchBrowser();
  try {
    await redis.connect();
    const longest = await writeJobs(new JobStore(redis, keyNames(defaultPrefix)), count);
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${cluster.apis[0].url}/`);
    await until(page, `document.querySelector('.virtual-rows')?.offsetHeight > ${(count - 1) * 40}`);
    await page.locator('.sparkline path').first().waitFor();
    // Down, and up again at the end.
    const scroll = `(n) => {
      const height = document.documentElement.scrollHeight - innerHeight;
      const way = (n * 60) % (2 * height);
      scrollTo(0, way < height ? way : 2 * height - way);
    }`;
    const list = await framesWhile(page, seconds, scroll);
    await page.goto(`${cluster.apis[0].url}/#/jobs/${longest}`);
    await until(
      page,
      `document.querySelector('.chart-field')?.getAttribute('aria-label').includes('at step ${points}')`,
    );
    const zoom = `(n) => document.querySelector('.chart-field').dispatchEvent(
      new KeyboardEvent('keydown', { key: n % 20 < 10 ? '+' : '-', bubbles: true }))`;
    const curve = await framesWhile(page, seconds, zoom);
    return { list: { jobs: count, ...list }, curve: { points, ...curve } };
  } finally {
    await browser.close();
    redis.disconnect();
    await cluster.close();
  }
}

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const result = await measure(Number(values.jobs), Number(values.seconds));
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  for (const [what, { framesPerSecond, medianMs, p99Ms, longestMs, lateShare, busyMs }] of Object.entries(result)) {
    const late = `${(100 * lateShare).toFixed(1)} % late`;
    const gaps = `median ${medianMs} ms, 99 % ${p99Ms} ms, longest ${longestMs} ms`;
    process.stdout.write(`${what}: ${framesPerSecond} frames/s, ${gaps}, ${late}; ${busyMs} ms of work a frame\n`);
  }
}
