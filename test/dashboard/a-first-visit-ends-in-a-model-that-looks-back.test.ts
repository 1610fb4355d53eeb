/**
 * The first visit to an empty service: from the broken preset over the doctor's finding and its patch to a model that
 * uses the past, and from there to the model itself.
 */
import { expect } from 'vitest';
import { patience, test, useDashboard } from '../support/dashboard.ts';

const dashboard = useDashboard();

/** What a machine that is busy with other tests needs to train a preset. */
const trained = { timeout: 60_000 };
const noPast = /The model (uses no past value|gains nothing from past values)/;

test('an empty service offers the presets, and walks from broken to learned', async () => {
  const page = await dashboard.open();
  await page.getByRole('heading', { name: 'Does your model look back?' }).waitFor();
  for (const preset of ['broken', 'working', 'lookback']) {
    await page.getByRole('button', { name: `Run ${preset}` }).waitFor();
  }

  await page.getByRole('link', { name: 'Take the first look' }).click();
  await page.getByRole('button', { name: 'Train it' }).click();
  await page.getByText('stays there').waitFor(trained);
  await page.getByText('axes-swapped').waitFor();
  await page.getByRole('button', { name: 'Apply the patch and train again' }).click();
  await page.getByRole('link', { name: 'Ask the model' }).waitFor(trained);

  // The address has both jobs in it: whoever comes back finds what was there.
  await page.reload();
  const verdicts = page.locator('.verdict');
  await verdicts.nth(1).waitFor();
  expect(await verdicts.nth(0).textContent()).toMatch(noPast);
  expect(await verdicts.nth(1).textContent()).toContain('uses 1 past value');

  await page.getByRole('link', { name: 'Ask the model' }).click();
  const best = page.locator('.heat-map td.is-best');
  await expect.poll(() => best.count(), patience).toBe(6);
  // 0 0 1 0 1 1: the value plus twice the one before, from the second step on.
  const rows = await page
    .locator('.heat-map tbody tr')
    .evaluateAll((found) =>
      found.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.classList.contains('is-best'))),
    );
  const classes = rows[0].map((_, step) => rows.findIndex((row) => row[step]));
  expect(classes.slice(1)).toEqual([0, 1, 2, 1, 3]);
});

test('a preset runs in one click, and its page shows curve, baselines, finding and report', async () => {
  const { client } = dashboard.cluster;
  const page = await dashboard.open();
  const [before] = (await client.jobs({ limit: 1 })).data;
  await page.getByRole('link', { name: 'New job' }).click();
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  await page.getByLabel('Spec as JSON').fill('{"preset": "broken", "training": {"evaluateEvery": 300}}');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('heading', { name: 'broken' }).waitFor();
  await expect.poll(async () => (await client.jobs({ limit: 1 })).data[0].id, patience).not.toBe(before.id);
  await page.locator('.status.is-succeeded').first().waitFor(trained);
  await page.locator('.verdict').filter({ hasText: noPast }).waitFor();
  const chart = page.locator('.chart-field');
  await expect.poll(() => chart.getAttribute('aria-label'), patience).toContain('Held-out loss: from');
  expect(await chart.getAttribute('aria-label')).toContain('The present alone allows 0.693');

  // The crosshair reads values out, by the keys as well.
  await chart.focus();
  await page.keyboard.press('End');
  await expect.poll(() => page.locator('.chart-readout').textContent(), patience).toContain('step 3,000');
  await page.keyboard.press('+');
  await page.getByRole('button', { name: 'Log axis' }).click();
  expect(await page.getByRole('button', { name: 'Log axis' }).getAttribute('aria-pressed')).toBe('true');

  for (const title of [
    'Influence by lag',
    'Confusion',
    'Accuracy by class',
    'Accuracy by position in the row',
    'Calibration',
  ]) {
    await page.getByRole('heading', { name: title }).waitFor();
  }
  expect(await page.locator('.confusion tbody tr').count()).toBe(4);
});

test('a patch opens the spec that it changes, ready to run', async () => {
  const { client } = dashboard.cluster;
  const { id } = await client.submit({ preset: 'broken', name: 'to be mended' });
  const page = await dashboard.open(`#/jobs/${id}`);
  await page.getByRole('link', { name: 'Apply the patch' }).first().click();
  await page.getByText('The patch for axes-swapped is applied').waitFor();
  expect(await page.getByLabel('layout').inputValue()).toBe('batch-major');
  await page.getByText('The doctor finds nothing wrong').waitFor();
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('heading', { name: 'to be mended, patched' }).waitFor();
  const [job] = (await client.jobs({ limit: 1 })).data;
  expect(job.spec).toMatchObject({ basedOn: id, data: { layout: 'batch-major' } });
});
