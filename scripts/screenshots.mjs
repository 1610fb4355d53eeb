/**
 * `npm run screenshots`: the pictures of the dashboard in docs/pictures, of a real service that has trained the presets
 * and two datasets, each at most 200 KB. With `-- FOLDER`, the same views at three widths and in both colour schemes go
 * there, whole, to be looked at. It needs a Chromium.
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

/** @typedef {{ broken: string, lookback: string, patients: string, sheet: string }} Ids */

/** @type {{ name: string, hash: (ids: Ids) => string, ready: string, width: number, height: number, scheme: 'light' | 'dark' }[]} */
const pictures = [
  {
    name: 'job',
    hash: ({ broken }) => `#/jobs/${broken}`,
    ready: '.confusion',
    width: 1200,
    height: 960,
    scheme: 'light',
  },
  { name: 'jobs', hash: () => '#/jobs', ready: '.sparkline path', width: 1200, height: 480, scheme: 'dark' },
  {
    name: 'try',
    hash: ({ lookback }) => `#/try/${lookback}?sequence=0 0 1 0 1 1 1 0 0 1 0 1`,
    ready: '.bars li',
    width: 1200,
    height: 560,
    scheme: 'light',
  },
  {
    name: 'try-features',
    hash: ({ patients }) => `#/try/${patients}?sequence=${encodeURIComponent(hour)}`,
    ready: '.bars li',
    width: 1200,
    height: 720,
    scheme: 'dark',
  },
  {
    name: 'data',
    hash: ({ sheet }) => `#/data/${sheet}`,
    ready: '.plot-area',
    width: 1200,
    height: 960,
    scheme: 'light',
  },
];
/** Of an empty service. */
const firstVisit = { name: 'first-visit', hash: () => '#/jobs', ready: '.preset', width: 1200, height: 680 };

const widths = [1440, 820, 390];

/** Rate, motion and temperature of somebody who rests, walks, runs, and slows down. */
const hour = [
  '61 0.1 36.4',
  '62 0.1 36.5',
  '74 0.8 36.5',
  '88 1.1 -',
  '96 1 36.6',
  '118 2.3 36.7',
  '140 2.6 36.8',
  '150 2.2 36.9',
  '133 1.1 36.9',
  '109 0.9 36.8',
  '90 0.1 36.7',
  '72 0.1 36.6',
].join('\n');

await runCommand(async () => {
  const gallery = process.argv[2];
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  const { launchBrowser } = await import(pathToFileURL(join(root, 'dist', 'testing', 'browser.js')).href);
  await mkdir(gallery ?? folder, { recursive: true });
  process.exitCode = await withService(root, redisServer, async ({ address }) => {
    const browser = await launchBrowser();
    /** @param {(typeof pictures)[number]} picture @param {Ids} ids */
    const takeAll = async (picture, ids) => {
      if (gallery === undefined) return take(browser, address, ids, picture, folder);
      for (const width of widths) {
        for (const scheme of /** @type {const} */ (['light', 'dark'])) {
          const name = `${picture.name}-${width}-${scheme}`;
          await take(browser, address, ids, { ...picture, name, width, scheme }, gallery, true);
        }
      }
    };
    try {
      const none = { broken: '', lookback: '', patients: '', sheet: '' };
      await takeAll({ ...firstVisit, scheme: 'light' }, none);
      const ids = await train(address);
      for (const picture of pictures) await takeAll(picture, ids);
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
  /** @param {string} path @param {string} body @param {string} type @returns {Promise<string>} */
  const post = async (path, body, type) => {
    const answer = await fetch(address + path, { method: 'POST', headers: { 'content-type': type }, body });
    const { id, detail } = /** @type {{ id: string, detail?: string }} */ (await answer.json());
    if (!answer.ok) throw new Error(detail);
    return id;
  };
  /** @param {object} spec */
  const job = async (spec) => {
    const training = { evaluateEvery: 100, reportEvery: 30 };
    const id = await post('/v1/jobs', JSON.stringify({ training, ...spec }), 'application/json');
    // The stream ends with the job.
    await (await fetch(`${address}/v1/jobs/${id}/events`)).text();
    return id;
  };
  const columns = { sequence: 'patient', step: 'minute', features: ['rate', 'motion', 'temperature'], label: 'state' };
  const mapping = encodeURIComponent(JSON.stringify(columns));
  const sheet = await post(`/v1/datasets?name=patients.csv&mapping=${mapping}`, patientsCsv(), 'text/csv');
  const adam = { type: 'adam', learningRate: 0.02 };
  const patients = await job({
    name: 'state of patients',
    task: { type: 'dataset', dataset: sheet },
    optimizer: adam,
    training: { epochs: 12, evaluateEvery: 20, reportEvery: 5 },
  });
  await job({ preset: 'working' });
  await job({ name: 'three digits back', preset: 'lookback', task: { type: 'binary-digits', order: 3 } });
  const lookback = await job({ preset: 'lookback' });
  const broken = await job({ preset: 'broken' });
  return { lookback, broken, patients, sheet };
}

/** Patients at rest, walking and running: the state is told by the rate, the motion, and what was before. */
function patientsCsv() {
  let state = 7;
  // The minimal standard generator (Park and Miller 1988), so that the pictures stay as they are.
  const random = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  const kinds = [
    { name: 'rest', rate: 62, motion: 0.1 },
    { name: 'walk', rate: 98, motion: 1 },
    { name: 'run', rate: 152, motion: 2.4 },
  ];
  const lines = ['patient,minute,rate,motion,temperature,state'];
  for (let patient = 0; patient < 60; patient++) {
    let [kind, rate] = [kinds[0], 60];
    const minutes = 30 + Math.floor(random() * 30);
    for (let minute = 0; minute < minutes; minute++) {
      if (random() < 0.1) kind = kinds[Math.floor(random() * kinds.length)];
      rate += (kind.rate - rate) * 0.3 + (random() - 0.5) * 6;
      const temperature = random() < 0.04 ? '' : (36.2 + random() * 0.8).toFixed(1);
      lines.push(
        [
          patient,
          minute,
          rate.toFixed(0),
          (kind.motion * (0.6 + random() * 0.8)).toFixed(2),
          temperature,
          kind.name,
        ].join(','),
      );
    }
  }
  return lines.join('\n');
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 * @param {Ids} ids
 * @param {(typeof pictures)[number]} picture
 * @param {string} target Folder.
 * @param {boolean} [isWhole] The page down to its end, of whatever size.
 */
async function take(browser, address, ids, { name, hash, ready, width, height, scheme }, target, isWhole = false) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
  await page.goto(`${address}/${hash(ids)}`);
  await page.locator(ready).first().waitFor();
  // What is drawn on a canvas comes a frame later.
  await page.waitForTimeout(500);
  const path = join(target, `${name}.png`);
  await page.screenshot({ path, fullPage: isWhole });
  await page.close();
  const { size } = await stat(path);
  if (!isWhole && size > largestBytes) throw new SetupError(`${path} has ${size} bytes, more than ${largestBytes}.`);
  say(`${path}: ${size} bytes`);
}
