/**
 * Fits the cost models of `engine: "auto"` to measured steps, and shows how good the choice is: `npm run bench:choose -- [--rounds N] [--threads N] [--json]`
 *
 * Measures a grid of sizes on both engines, by turns; of all rounds the fastest counts, which other load on the machine disturbs least. Prints, for each size, how much slower the engine
 * that would be chosen is than the best one, with the coefficients in src/engine/costs.ts and with newly fitted ones, and the latter to be copied there.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type TrainingEngineName, trainingEngines } from '../src/engine/contract.ts';
import { costModels, usefulThreads } from '../src/engine/costs.ts';
import { type Size, stepSizeOf } from './contestant.ts';
import { engineContestant } from './engines.ts';
import { fitRelative } from './fit.ts';

type Seconds = Record<TrainingEngineName, number>;

interface Measured {
  size: Size;
  seconds: Seconds;
}

/** How long one engine's part of a round takes, at least one step. */
const roundSeconds = 0.04;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(flags.threads);

const grid = [1, 8, 32, 64].flatMap((B) =>
  [10, 100].flatMap((T) => [4, 16, 64, 128, 256].flatMap((H) => [1, 2].map((L): Size => ({ B, T, H, L })))),
);
show(await measureAll(grid, Number(flags.rounds)));

function show(measured: Measured[]): void {
  const before = coefficients((name) => costModels[name].seconds);
  const fitted = coefficients((name) =>
    fitRelative(
      measured.map(({ size }) => termsOf(name, size)),
      measured.map(({ seconds }) => seconds[name]),
    ),
  );
  const rows = measured.map((one) => ({ ...one, before: regret(one, before), fitted: regret(one, fitted) }));
  process.stdout.write(flags.json ? `${JSON.stringify({ rows, fitted })}\n` : table(rows, fitted));
}

async function measureAll(sizes: Size[], rounds: number): Promise<Measured[]> {
  const contestants = trainingEngines.map((name) => engineContestant(name, threads));
  const measured: Measured[] = [];
  for (const size of sizes) {
    process.stderr.write(`${Object.values(size)} `);
    const seconds: Seconds = { simd: Number.POSITIVE_INFINITY, tensorflow: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds; round++) {
      for (const [k, name] of trainingEngines.entries()) {
        const steps = Math.max(1, Math.min(1000, Math.floor(roundSeconds / seconds[name])));
        seconds[name] = Math.min(seconds[name], (await contestants[k].train(size, steps)) / steps);
      }
    }
    measured.push({ size, seconds });
  }
  process.stderr.write('\n');
  for (const contestant of contestants) contestant.close();
  return measured;
}

function termsOf(name: TrainingEngineName, size: Size): number[] {
  return costModels[name].terms(stepSizeOf(size), usefulThreads(name, stepSizeOf(size), threads));
}

type Coefficients = Record<TrainingEngineName, readonly number[]>;

function coefficients(of: (name: TrainingEngineName) => readonly number[]): Coefficients {
  return { simd: of('simd'), tensorflow: of('tensorflow') };
}

/** Time of the engine that is chosen, over that of the best. */
function regret({ size, seconds }: Measured, by: Coefficients): number {
  const estimated = (name: TrainingEngineName) =>
    termsOf(name, size).reduce((sum, term, i) => sum + term * by[name][i], 0);
  const chosen = estimated('simd') <= estimated('tensorflow') ? 'simd' : 'tensorflow';
  return seconds[chosen] / Math.min(seconds.simd, seconds.tensorflow);
}

function table(rows: (Measured & { before: number; fitted: number })[], fitted: Coefficients): string {
  const ms = (seconds: number) => (1000 * seconds).toPrecision(3).padStart(12);
  const lines = rows.map(
    ({ size, seconds, before, fitted }) =>
      `${Object.values(size).join(',').padEnd(14)}${ms(seconds.simd)}${ms(seconds.tensorflow)}${before.toFixed(2).padStart(10)}${fitted.toFixed(2).padStart(10)}`,
  );
  const worst = (of: 'before' | 'fitted') => Math.max(...rows.map((row) => row[of])).toFixed(2);
  return [
    'B,T,H,L         simd, ms   tensorflow, ms  chosen / best   fitted anew',
    ...lines,
    `Worst: ${worst('before')} as it is, ${worst('fitted')} fitted anew`,
    ...trainingEngines.map((name) => `  ${name}: [${fitted[name].map((value) => value.toExponential(1)).join(', ')}]`),
    '',
  ].join('\n');
}
