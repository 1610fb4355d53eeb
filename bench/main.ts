/**
 * How fast a training step is: our engines, stock tf.layers.lstm and, given a Python that has them, PyTorch, Keras and
 * JAX, at the sizes of the README.
 *
 *     npm run bench -- [--python PATH] [--size B,T,H,L]… [--rounds N] [--round-ms N] [--threads N] [--without-stock] [--json]
 *
 * The table, or with --json one document, goes to stdout; what is going on goes to stderr.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { BenchSize, Contestant } from './contestant.ts';
import { engineContestant, installed, predictionTime } from './engines.ts';
import { type MeasureOptions, measure } from './measure.ts';
import { openPeers, openStock } from './peers.ts';
import { type EngineTimings, table } from './report.ts';

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string' },
    size: { type: 'string', multiple: true, default: ['7,50,5,2', '32,50,64,2', '64,100,256,2'] },
    rounds: { type: 'string', default: '5' },
    'round-ms': { type: 'string', default: '300' },
    threads: { type: 'string', default: String(availableParallelism()) },
    'without-stock': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const say = (message: string) => process.stderr.write(`${message}\n`);
const options: MeasureOptions = { rounds: count(flags.rounds), roundMs: count(flags['round-ms']) };
const report = await run(flags.size.map(parseSize), options, count(flags.threads));
process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : table(report));

async function run(sizes: BenchSize[], options: MeasureOptions, threads: number): Promise<EngineTimings> {
  const names = await installed(say);
  const contestants: Contestant[] = names.map((name) => engineContestant(name, threads));
  const stock = names.includes('tensorflow') ? await openStock(threads) : null;
  if (flags['without-stock']) for (const contestant of stock?.contestants ?? []) contestant.close();
  else contestants.push(...(stock?.contestants ?? []));
  if (flags.python) contestants.push(...(await openPeers(flags.python, say)));
  try {
    const measured: EngineTimings['sizes'] = [];
    for (const size of sizes) {
      say(`${size.B},${size.T},${size.H},${size.L}: ${contestants.map(({ name }) => name).join(', ')}`);
      measured.push({ size, results: await measure(contestants, size, options) });
    }
    const predictions: EngineTimings['predictions'] = [];
    for (const H of [5, 64]) {
      const size = { B: 1, T: 50, H, L: 2 };
      const results = [];
      for (const name of names) results.push({ name, ms: await predictionTime(name, size, 5000) });
      predictions.push({ size, results });
    }
    const machine = {
      cpu: cpus()[0].model,
      cores: availableParallelism(),
      node: process.version,
      threads,
      peakGflops: stock?.peakGflops ?? null,
    };
    return { machine, sizes: measured, predictions };
  } finally {
    for (const contestant of contestants) contestant.close();
  }
}

function parseSize(text: string): BenchSize {
  const [B, T, H, L] = text.split(',').map(count);
  if (L === undefined)
    throw new Error(`--size takes B,T,H,L, as in 7,50,5,2; ${JSON.stringify(text)} is not of that form.`);
  return { B, T, H, L };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${JSON.stringify(text)} is not a number from 1 on.`);
  return value;
}
