/**
 * Data brought by a file, their mistakes at their lines, their sheet in pictures; and a model that answers while one types.
 */
import { expect } from 'vitest';
import { patience, test, useDashboard } from '../support/dashboard.ts';

const dashboard = useDashboard();

const walk = (seed: number) => {
  const x = Array.from({ length: 24 }, (_, t) => ((seed * 7 + t * t * 3) % 5 < 2 ? 'right' : 'left'));
  return { x, y: x.map((way, t) => (t === 0 ? null : way === x[t - 1] ? 'same' : 'turn')) };
};
const good = Array.from({ length: 60 }, (_, i) => JSON.stringify(walk(i))).join('\n');
const bad = '{"x": [0, 1], "y": ["a", "b"]}\n{"x": [0, 1, 1], "y": ["a", "b"]}\n{"x": [0, "one"], "y": ["a", "b"]}\n';
const csv = 'patient,minute,rate,state\na,0,61,rest\na,1,95,walk\nb,0,58,rest\nb,1,high,rest\n';
const file = (name: string, content: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(content) });

test('mistakes of a file are shown with the text of their lines', async () => {
  const page = await dashboard.open('#/data');
  await page.locator('input[type=file]').setInputFiles(file('bad.ndjson', bad));
  const mistakes = page.locator('.mistakes li');
  await mistakes.first().waitFor();
  expect(await mistakes.first().textContent()).toMatch(/line 2, y.*must be a list as long as x.*2 \{"x": \[0, 1, 1\]/s);
  expect(await page.getByRole('alert').textContent()).toContain('nothing of it was kept');
});

test('the columns of a CSV are named before it is sent', async () => {
  const page = await dashboard.open('#/data');
  await page.locator('input[type=file]').setInputFiles(file('patients.csv', csv));
  await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
  expect(await page.getByLabel('Sequence').inputValue()).toBe('patient');
  expect(await page.getByLabel('Label').inputValue()).toBe('state');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByText('line 5, column "rate"').waitFor();
  expect(await page.locator('.mistake-line').first().textContent()).toContain('b,1,high,rest');
});

test('a dataset is shown in pictures and trained on, and its model answers while one types', async () => {
  const page = await dashboard.open('#/data');
  await page.locator('input[type=file]').setInputFiles(file('walks.ndjson', good));
  await page.getByRole('heading', { name: 'walks.ndjson' }).waitFor();
  for (const title of ['Lengths of sequences', 'Labels of steps', 'Vocabulary of 2', 'The first sequences']) {
    await page.getByRole('heading', { name: title }).waitFor();
  }
  const staircase = page.getByRole('img', {
    name: /Entropy of the labels in nats: nothing known 0\.\d+; the present value/,
  });
  await staircase.waitFor();
  await page.getByText('labels need at least 1 past value').waitFor();

  await page.getByRole('link', { name: 'Train on it' }).click();
  await page.getByLabel('learningRate').fill('0.02');
  await page.getByLabel('steps', { exact: true }).fill('400');
  await page.getByLabel('steps', { exact: true }).press('Tab');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.locator('.status.is-succeeded').first().waitFor({ timeout: 60_000 });
  await page.getByLabel('Download as').selectOption('ONNX');
  const download = page.getByRole('link', { name: /^Download step \d+ as ONNX$/ }).first();
  expect(await download.getAttribute('href')).toMatch(/\/download\?format=onnx$/);
  await page.getByRole('link', { name: 'Try it', exact: true }).first().click();

  const cells = page.locator('.heat-map thead th[scope=col]');
  await page.getByLabel('Words with blanks').fill('left left right');
  await expect.poll(() => cells.count(), patience).toBe(3);
  await page.getByRole('heading', { name: 'What moves step 3' }).waitFor();
  await page.locator('.card').filter({ hasText: 'What moves step 3' }).locator('.bars li').first().waitFor();
  await page.getByLabel('Words with blanks').fill('left left right sideways');
  await page.getByRole('alert').filter({ hasText: 'sideways' }).waitFor();
  await page.getByLabel('Checkpoint').selectOption('best');
  expect(await page.locator('pre.code').last().textContent()).toContain('"checkpoint":"best"');
});

test('Swagger UI draws the document and asks the service, within the policy of /docs', async () => {
  const page = await dashboard.open('docs');
  const operation = page.locator('[id^="operations-catalogue-"]', {
    hasText: '/v1/presets',
  });
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.live-responses-table').getByText('"lookback"').first().waitFor(patience);
});

test('a spec that is not valid says so at its field, in form and JSON alike', async () => {
  const page = await dashboard.open('#/new?preset=lookback');
  await page.getByText('about').first().waitFor();
  await page.getByLabel('batchSize').fill('100000');
  const problem = page.locator('#field-data-batchSize-problem');
  await problem.waitFor();
  expect(await problem.textContent()).toContain('4096');
  expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'JSON', exact: true }).click();
  expect(await page.getByLabel('Spec as JSON').inputValue()).toContain('"batchSize": 100000');
  await page.getByLabel('Spec as JSON').fill('{"preset": "lookback", "unknown": 1}');
  await page.getByText('is not a known field').first().waitFor();
  await page.getByLabel('Spec as JSON').fill('{"preset": ');
  await page.getByText('This is not JSON').waitFor();
});
