/**
 * A service that stops and starts again under an open page: the page says so, and goes on by itself without a gap.
 */
import { expect } from 'vitest';
import { slowSpec } from '../support/cluster.ts';
import { patience, test, useDashboard } from '../support/dashboard.ts';

const dashboard = useDashboard();

test('the page says that the service is away, comes back by itself, and its curve has no gap', async () => {
  const { cluster } = dashboard;
  const { client, apis } = cluster;
  const spec = slowSpec({ name: 'watched', training: { steps: 600, reportEvery: 10, checkpointEvery: 300 } });
  const { id } = await client.submit(spec);
  const page = await dashboard.open(`#/jobs/${id}`);
  await expect
    .poll(() => page.locator('.chart-field').getAttribute('aria-label'), patience)
    .toContain('Training loss: from');

  await apis[0].process.end('SIGTERM');
  await page.getByRole('alert').filter({ hasText: 'The service does not answer' }).waitFor();
  await apis[0].process.start();
  await page.locator('.connection.is-live').waitFor();
  await page.locator('.status.is-succeeded').first().waitFor({ timeout: 60_000 });
  expect(await page.getByRole('alert').count()).toBe(0);

  // Each progress event is a point: read out one after the other, none is missing.
  const chart = page.locator('.chart-field');
  await chart.focus();
  await page.keyboard.press('Home');
  const steps: string[] = [];
  for (let i = 0; i < 12; i++) {
    steps.push((await page.locator('.chart-readout').textContent())!.split(' · ')[0]);
    await page.keyboard.press('ArrowRight');
  }
  expect(steps).toEqual(['step 1', ...Array.from({ length: 11 }, (_, i) => `step ${10 * (i + 1)}`)]);
  await expect.poll(() => chart.getAttribute('aria-label'), patience).toContain('at step 600');
});

test('while Redis is away, the list says why, and is there again when it is', async () => {
  const { cluster } = dashboard;
  const page = await dashboard.open();
  await page.getByRole('row').filter({ hasText: 'watched' }).waitFor();
  await cluster.redis.kill();
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'Redis does not answer' }).waitFor();
  await cluster.redis.start();
  await page.getByRole('row').filter({ hasText: 'watched' }).waitFor();
  await page.locator('.connection.is-live').waitFor();
});

test('a job that is not there is said to be missing', async () => {
  const page = await dashboard.open('#/jobs/job_00000000000000000000000000');
  await page.getByRole('heading', { name: 'There is no such job' }).waitFor();
});
