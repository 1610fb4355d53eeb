/**
 * Fits the cost models of `engine: "auto"` to measured steps, and shows how good the choice is: `npm run bench:choose
 * -- [--rounds N] [--threads N] [--json]`
 *
 * Measures a grid of sizes on every engine, by turns; of all rounds the fastest counts, which other load on the machine
 * disturbs least. Prints, for each size, how much slower the engine that would be chosen is than the best one, with the
 * coefficients in src/engine/<name>/definition.ts and with newly fitted ones, and the latter to be copied there.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { usefulThreads } from '../../src/engine/costs.ts';
import { type EngineName, engineNames, engines } from '../../src/engine/registry.ts';
import { type BenchSize, stepSizeOf } from '../contestant.ts';
import { engineContestant } from '../engines.ts';
import { fitRelative } from './fit.ts';

type Seconds = Record<EngineName, number>;

interface Measured {
  size: BenchSize;
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
  [10, 100].flatMap((T) => [4, 16, 64, 128, 256].flatMap((H) => [1, 2].map((L): BenchSize => ({ B, T, H, L })))),
);
show(await measureAll(grid, Number(flags.rounds)));

function show(measured: Measured[]): void {
  const before = byEngine((name) => engines[name].cost.seconds);
  const fitted = byEngine((name) =>
    fitRelative(
      measured.map(({ size }) => termsOf(name, size)),
      measured.map(({ seconds }) => seconds[name]),
    ),
  );
  const rows = measured.map((one) => ({ ...one, before: regret(one, before), fitted: regret(one, fitted) }));
  process.stdout.write(flags.json ? `${JSON.stringify({ rows, fitted })}\n` : table(rows, fitted));
}

async function measureAll(sizes: BenchSize[], rounds: number): Promise<Measured[]> {
  const contestants = engineNames.map((name) => engineContestant(name, threads));
  const measured: Measured[] = [];
  for (const size of sizes) {
    process.stderr.write(`${Object.values(size)} `);
    const seconds = byEngine(() => Number.POSITIVE_INFINITY);
    for (let round = 0; round < rounds; round++) {
      for (const [k, name] of engineNames.entries()) {
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

function termsOf(name: EngineName, size: BenchSize): number[] {
  return engines[name].cost.terms(stepSizeOf(size), usefulThreads(name, stepSizeOf(size), threads));
}

type Coefficients = Record<EngineName, readonly number[]>;

function byEngine<T>(of: (name: EngineName) => T): Record<EngineName, T> {
  return Object.fromEntries(engineNames.map((name) => [name, of(name)])) as Record<EngineName, T>;
}

/** Time of the engine that is chosen, over that of the best. */
function regret({ size, seconds }: Measured, by: Coefficients): number {
  const estimated = (name: EngineName) => termsOf(name, size).reduce((sum, term, i) => sum + term * by[name][i], 0);
  const [chosen] = engineNames.toSorted((a, b) => estimated(a) - estimated(b));
  return seconds[chosen] / Math.min(...Object.values(seconds));
}

function table(rows: (Measured & { before: number; fitted: number })[], fitted: Coefficients): string {
  const ms = (seconds: number) => (1000 * seconds).toPrecision(3).padStart(16);
  const lines = rows.map(
    ({ size, seconds, before, fitted }) =>
      `${Object.values(size).join(',').padEnd(14)}${engineNames.map((name) => ms(seconds[name])).join('')}${before.toFixed(2).padStart(15)}${fitted.toFixed(2).padStart(14)}`,
  );
  const worst = (of: 'before' | 'fitted') => Math.max(...rows.map((row) => row[of])).toFixed(2);
  return [
    `${'B,T,H,L'.padEnd(14)}${engineNames.map((name) => `${name}, ms`.padStart(16)).join('')}  chosen / best   fitted anew`,
    ...lines,
    `Worst: ${worst('before')} as it is, ${worst('fitted')} fitted anew`,
    ...engineNames.map((name) => `  ${name}: [${fitted[name].map((value) => value.toExponential(1)).join(', ')}]`),
    '',
  ].join('\n');
}
