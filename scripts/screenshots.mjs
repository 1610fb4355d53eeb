/**
 * `npm run screenshots`: the pictures of the dashboard in docs/pictures, of a real service that has trained the presets,
 * each at most 200 KB. It needs a Chromium.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withService } from './service.mjs';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { say } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';
import { SetupError } from './setup/setup-error.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'docs', 'pictures');
const largestBytes = 200_000;

/** @typedef {{ broken: string, lookback: string }} Ids */

/** @type {{ name: string, hash: (ids: Ids) => string, ready: string, width: number, height: number, scheme: 'light' | 'dark' }[]} */
const pictures = [
  {
    name: 'job',
    hash: ({ broken }) => `#/jobs/${broken}`,
    ready: '.confusion',
    width: 1200,
    height: 900,
    scheme: 'light',
  },
  { name: 'jobs', hash: () => '#/jobs', ready: '.sparkline path', width: 1200, height: 480, scheme: 'dark' },
  {
    name: 'try',
    hash: ({ lookback }) => `#/try/${lookback}?sequence=0 0 1 0 1 1 1 0 0 1 0 1`,
    ready: '.bars li',
    width: 1200,
    height: 620,
    scheme: 'light',
  },
];

await runCommand(async () => {
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  const { launchBrowser } = await import(pathToFileURL(join(root, 'dist', 'testing', 'browser.js')).href);
  await mkdir(folder, { recursive: true });
  process.exitCode = await withService(root, redisServer, async ({ address }) => {
    const ids = await train(address);
    const browser = await launchBrowser();
    try {
      for (const picture of pictures) await take(browser, address, ids, picture);
    } finally {
      await browser.close();
    }
    return 0;
  });
});

/**
 * @param {string} address
 * @returns {Promise<Ids>}
 */
async function train(address) {
  const training = { evaluateEvery: 100, reportEvery: 30 };
  const names = ['working', 'lookback', 'broken'];
  const ids = [];
  for (const preset of names) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ preset, training });
    const answer = await fetch(`${address}/v1/jobs`, { method: 'POST', headers, body });
    const { id } = /** @type {{ id: string }} */ (await answer.json());
    // The stream ends with the job.
    await (await fetch(`${address}/v1/jobs/${id}/events`)).text();
    ids.push(id);
  }
  return { lookback: ids[1], broken: ids[2] };
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {Ids} ids
 * @param {(typeof pictures)[number]} picture
 */
async function take(browser, address, ids, { name, hash, ready, width, height, scheme }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  await page.goto(`${address}/${hash(ids)}`);
  await page.locator(ready).first().waitFor();
  // What is drawn on a canvas comes a frame later.
  await page.waitForTimeout(500);
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  await page.close();
  const { size } = await stat(path);
  if (size > largestBytes) throw new SetupError(`${path} has ${size} bytes, more than ${largestBytes}.`);
  say(`${path}: ${size} bytes`);
}
