/**
 * The list of jobs: it follows what happens elsewhere, is filtered, searched and steered by mouse and keyboard, and
 * compares what is selected.
 */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { slowSpec } from '../support/cluster.ts';
import { test, useDashboard } from '../support/dashboard.ts';

const dashboard = useDashboard();

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
/** What a machine that is busy with other tests needs to train a preset. */
const trained = { timeout: 60_000 };
const long = { training: { steps: 200_000, reportEvery: 100, checkpointEvery: 1000 } };

test('it shows what is submitted, trained and removed elsewhere, without being read again', async () => {
  const { client } = dashboard.cluster;
  await client.submit({ preset: 'lookback', name: 'first' });
  const page = await dashboard.open();
  await row(page, 'first').locator('.status.is-succeeded').waitFor(trained);
  await row(page, 'first').locator('.sparkline path').waitFor();
  const { id } = await client.submit({ preset: 'lookback', name: 'second' });
  await row(page, 'second').locator('.status.is-succeeded').waitFor(trained);
  await client.remove(id);
  await row(page, 'second').waitFor({ state: 'detached' });
});

test('it pauses with a way back, cancels, starts again, and deletes after a question', async () => {
  const { client } = dashboard.cluster;
  const { id } = await client.submit(slowSpec({ ...long, name: 'steered' }));
  const page = await dashboard.open();
  await row(page, 'steered').locator('.status.is-running').waitFor();
  await page.getByRole('button', { name: 'Pause steered' }).click();
  await row(page, 'steered').locator('.status.is-paused').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row(page, 'steered').locator('.status.is-running').waitFor();
  await page.getByRole('button', { name: 'Cancel steered' }).click();
  await row(page, 'steered').locator('.status.is-cancelled').waitFor();
  await page.getByRole('button', { name: 'Retry steered' }).click();
  await row(page, 'steered').locator('.status.is-running').waitFor();
  await page.getByRole('button', { name: 'Delete steered' }).click();
  await page.getByRole('button', { name: 'Keep' }).click();
  expect((await client.job(id)).status).toBe('running');
  await page.getByRole('button', { name: 'Delete steered' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await row(page, 'steered').waitFor({ state: 'detached' });
  await expect(client.job(id)).rejects.toMatchObject({ status: 404 });
});

test('a search and a status are part of the address, and what fits nothing leads back', async () => {
  const page = await dashboard.open();
  await row(page, 'first').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('no such name');
  await page.getByRole('heading', { name: 'No job fits' }).waitFor();
  expect(page.url()).toContain('search=no');
  await page.getByRole('button', { name: 'Show all jobs' }).click();
  await row(page, 'first').waitFor();
  await page.getByRole('button', { name: /^succeeded/ }).click();
  expect(page.url()).toContain('status=succeeded');
  await page.reload();
  await row(page, 'first').waitFor();
  expect(await page.getByRole('button', { name: /^succeeded/ }).getAttribute('aria-pressed')).toBe('true');
});

test('by keys alone jobs are selected and compared: curves over each other, and what specs differ in', async () => {
  const { client } = dashboard.cluster;
  const other = await client.submit({ preset: 'working', name: 'other' });
  for await (const _ of client.events(other.id));
  const page = await dashboard.open();
  await row(page, 'other').focus();
  await page.keyboard.press('x');
  await page.keyboard.press('j');
  await page.keyboard.press(' ');
  await page.getByText('2 jobs selected').waitFor();
  await page.getByRole('link', { name: 'Compare' }).click();
  await page.getByRole('heading', { name: '2 jobs compared' }).waitFor();
  await page.getByRole('rowheader', { name: 'optimizer.type' }).waitFor();
  expect(await page.locator('.legend li').count()).toBe(2);
  await page.getByRole('link', { name: 'other' }).first().click();
  await page.getByRole('heading', { name: 'other' }).waitFor();
});
