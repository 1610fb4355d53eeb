/**
 * Draws the pictures of the worked example in docs/diagnosis.md from a report: `npm run pictures` trains on the
 * handwritten digits of test/fixtures in a real service, and writes docs/pictures.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withService } from './service.mjs';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { readSetting } from './setup/setting.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const digits = join(root, 'test/fixtures/handwritten-digits/digits.ndjson');
const folder = join(root, 'docs/pictures');

/** What the example trains; the docs show it. */
const spec = {
  data: { batchSize: 16, split: { train: 0.5, validation: 0.1, test: 0.4 } },
  model: { layers: 1, units: 24 },
  optimizer: { type: 'adam', learningRate: 0.02 },
  training: { steps: 400, reportEvery: 20 },
  engine: 'simd',
};

const size = { width: 560, height: 240, left: 52, right: 16, top: 34, bottom: 44 };
const inner = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };
const ink = { line: '#1f6feb', bar: '#1f6feb', faint: '#8b949e', mark: '#cf222e' };

await runCommand(async () => {
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  const report = await withService(root, redisServer, ({ address }) => reportFrom(address));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'digits-memory.svg'), memoryPicture(report));
  await writeFile(join(folder, 'digits-influence.svg'), influencePicture(report));
  process.stdout.write(`${report.verdict}\n${JSON.stringify({ usesPast: report.usesPast, memory: report.memory })}\n`);
});

/** @param {string} address */
async function reportFrom(address) {
  /** @param {string} path @param {string | Buffer<ArrayBuffer>} [body] @param {string} [type] */
  const ask = async (path, body, type = 'application/json') => {
    const sent = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': type } };
    const response = await fetch(address + path, sent);
    const answer = /** @type {any} */ (await response.json());
    if (!response.ok) throw new Error(answer.detail);
    return answer;
  };
  const { id: dataset } = await ask('/v1/datasets', await readFile(digits), 'application/x-ndjson');
  const { id } = await ask('/v1/jobs', JSON.stringify({ ...spec, task: { type: 'dataset', dataset } }));
  for (;;) {
    const { status, error } = await ask(`/v1/jobs/${id}`);
    if (status === 'succeeded') return ask(`/v1/jobs/${id}/report`);
    if (error) throw new Error(error.message);
    await pause(200);
  }
}

/**
 * @param {{ memory: Point[], usesPast: { values: number }, heldOut: { loss: number }, baselines: { nats: number }[] }} report
 * @typedef {{ past: number, loss: number, standardError: number }} Point
 */
function memoryPicture({ memory, usesPast, heldOut, baselines }) {
  const most = memory[memory.length - 1].past;
  const top = Math.max(baselines[0].nats, ...memory.map(({ loss }) => loss));
  /** @param {number} past */
  const x = (past) => size.left + (inner.width * past) / most;
  /** @param {number} loss */
  const y = (loss) => size.top + inner.height * (1 - loss / top);
  const points = memory.map(({ past, loss }) => `${round(x(past))},${round(y(loss))}`).join(' ');
  const bars = memory.map(({ past, loss, standardError }) =>
    line(x(past), y(loss - standardError), x(past), y(loss + standardError), ink.line),
  );
  return picture('Held-out loss by how many past rows the model is given', [
    ...axes(
      memory.map(({ past }) => [x(past), String(past)]),
      ticksTo(top).map((value) => [y(value), String(value)]),
    ),
    text(size.left + inner.width / 2, size.height - 8, 'past values', 'middle'),
    line(size.left, y(baselines[0].nats), size.left + inner.width, y(baselines[0].nats), ink.faint, '4 3'),
    text(size.left + inner.width, y(baselines[0].nats) - 5, `H(label) ${baselines[0].nats.toFixed(2)}`, 'end'),
    line(x(usesPast.values), size.top, x(usesPast.values), size.top + inner.height, ink.mark, '4 3'),
    text(x(usesPast.values) - 5, y(heldOut.loss) - 30, `uses ${usesPast.values}`, 'end', ink.mark),
    ...bars,
    `<polyline points="${points}" fill="none" stroke="${ink.line}" stroke-width="2"/>`,
  ]);
}

/** @param {{ influence: { lag: number, nats: number }[] }} report */
function influencePicture({ influence }) {
  const top = Math.max(...influence.map(({ nats }) => nats));
  const width = inner.width / influence.length;
  /** @param {number} nats */
  const y = (nats) => size.top + inner.height * (1 - nats / top);
  const bars = influence.map(
    ({ lag, nats }) =>
      `<rect x="${round(size.left + width * (lag + 0.15))}" y="${round(y(nats))}" width="${round(0.7 * width)}" height="${round(size.top + inner.height - y(nats))}" fill="${ink.bar}"/>`,
  );
  return picture('Influence on the answer at the end of the row so many steps back', [
    ...axes(
      influence.map(({ lag }) => [size.left + width * (lag + 0.5), String(lag)]),
      ticksTo(top).map((value) => [y(value), String(value)]),
    ),
    text(size.left + inner.width / 2, size.height - 8, 'steps back', 'middle'),
    ...bars,
  ]);
}

/** Three or four round numbers up to a number. @param {number} top */
function ticksTo(top) {
  const step = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2].find((candidate) => top / candidate <= 4.5) ?? top / 4;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => Number((i * step).toFixed(2)));
}

/** @param {(number | string)[][]} below @param {(number | string)[][]} beside Places with their texts. */
function axes(below, beside) {
  const bottom = size.top + inner.height;
  return [
    line(size.left, bottom, size.left + inner.width, bottom, ink.faint),
    line(size.left, size.top, size.left, bottom, ink.faint),
    ...below.map(([at, label]) => text(Number(at), bottom + 15, String(label), 'middle')),
    ...beside.map(([at, label]) => text(size.left - 6, Number(at) + 4, String(label), 'end')),
  ];
}

/** @param {string} title @param {string[]} parts */
function picture(title, parts) {
  const { width, height } = size;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${[text(size.left, 20, `${title} (nats)`, 'start', '#1f2328', 13), ...parts].join('\n')}
</svg>
`;
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} colour @param {string} [dashes] */
function line(x1, y1, x2, y2, colour, dashes) {
  const dashed = dashes ? ` stroke-dasharray="${dashes}"` : '';
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"${dashed}/>`;
}

/** @param {number} x @param {number} y @param {string} content @param {string} anchor */
function text(x, y, content, anchor, colour = '#57606a', points = 11) {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${colour}" font-size="${points}">${content}</text>`;
}

/** @param {number} value */
function round(value) {
  return Math.round(10 * value) / 10;
}
