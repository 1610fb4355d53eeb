/**
 * How well the doctor does: order and layout found, time taken and false alarms over generated data sets; with `--real`,
 * over real ones. `npm run bench:doctor -- [--quick] [--json] [--seed 1]`, and with `--real --python PROGRAM [--data
 * NAME,NAME] [--without-models]`, where the program has the packages of real-data/requirements.txt.
 */
import { parseArgs } from 'node:util';
import { examine } from '../src/diagnosis/doctor/doctor.ts';
import type { DoctorReport } from '../src/diagnosis/doctor/doctor-schema.ts';
import { Random } from '../src/model/random.ts';
import { generate } from './doctor-data/generated.ts';
import { guilty, guiltyKinds } from './doctor-data/guilty.ts';
import { innocent, innocentKinds } from './doctor-data/innocent.ts';
import { holdsEvidence, type Recipe } from './doctor-data/recipe.ts';
import { realTable, runReal } from './doctor-real.ts';

interface Result {
  name: string;
  steps: number;
  /** By the clock, with all that other programs take of the machine. */
  ms: number;
  /** Processor time of all threads: what it would take on a machine with nothing else to do, and no less. */
  cpuMs: number;
  evidence: boolean;
  orderRight: boolean;
  layoutRight: boolean;
  /** Codes that should not have been raised. */
  falseAlarms: string[];
  found: string;
}

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    seed: { type: 'string' },
    real: { type: 'boolean' },
    python: { type: 'string', default: 'python3' },
    data: { type: 'string' },
    'without-models': { type: 'boolean', default: false },
    models: { type: 'string' },
  },
});
const seed = Number(flags.seed ?? 1);
if (flags.real) {
  const { python, data, 'without-models': withoutModels, models } = flags;
  const results = runReal({ python, seed, names: data?.split(','), withoutModels, models });
  process.stdout.write(flags.json ? `${JSON.stringify(results)}\n` : realTable(results));
} else {
  const results = flags.quick
    ? runAll(120, 80, [2_000, 20_000])
    : runAll(480, 240, [2_000, 10_000, 100_000, 1_000_000]);
  process.stdout.write(flags.json ? `${JSON.stringify(summary(results))}\n` : table(results));
}

/** Random recipes and innocent data sets, by the seed. The largest size comes up less often than the others. */
function runAll(recipes: number, innocents: number, sizes: number[]): Result[] {
  const random = Random.seeded(seed, 'diagnosis');
  examine(generate(randomRecipe(random, 20_000, 0)));
  const sizeOf = (k: number) => (k % 8 === 7 ? sizes[sizes.length - 1] : sizes[k % (sizes.length - 1 || 1)]);
  return [
    ...Array.from({ length: recipes }, (_, k) => judgeRecipe(randomRecipe(random, sizeOf(k), 1000 * seed + k))),
    ...Array.from({ length: innocents }, (_, k) =>
      judgeInnocent(k, k % 16 === 15 ? sizeOf(7) : sizeOf(k % 2), 1000 * seed + k),
    ),
    ...Array.from({ length: innocents / 4 }, (_, k) => judgeGuilty(k, 3 * sizes[0], 1000 * seed + k)),
  ];
}

/** Digits that have too many classes for a job (limits.classes) are drawn again. */
function randomRecipe(random: Random, steps: number, seed: number): Recipe {
  const pick = <V>(values: readonly V[]) => values[random.integer(values.length)];
  const inputs = pick(['numbers', 'numbers', 'tokens', 'continuous'] as const);
  const recipe: Recipe = {
    rule: pick(['digits', 'parity', 'sum', 'digits', 'parity', 'sum', 'random'] as const),
    base: pick([2, 3, 4, 5]),
    order: random.integer(inputs === 'continuous' ? 3 : 6),
    noise: pick([0, 0.1, 0.3]),
    layout: pick(['right', 'right', 'transposed', 'reshaped'] as const),
    inputs,
    irrelevant: inputs === 'tokens' ? 0 : pick([0, 0, 3]),
    steps,
    rowLength: 50,
    seed,
  };
  return recipe.rule === 'digits' && recipe.base ** (recipe.order + 1) > 1024
    ? randomRecipe(random, steps, seed)
    : recipe;
}

function judgeRecipe(recipe: Recipe): Result {
  const sample = generate(recipe);
  const { report, ms, cpuMs } = timed(() => examine(sample));
  const isRandom = recipe.rule === 'random';
  const order = isRandom ? 0 : recipe.order;
  // Without a past there is no wrong axis for it.
  const swapped = recipe.layout !== 'right' && order > 0;
  const codes = report.findings.map(({ code }) => code);
  const finding = report.findings.find(({ code }) => code === 'axes-swapped');
  // Without a past and without noise the label is the input.
  const isInput = order === 0 && recipe.noise === 0 && !isRandom;
  const allowed = isRandom
    ? ['labels-unrelated-to-inputs']
    : isInput
      ? ['label-among-inputs']
      : swapped
        ? ['axes-swapped']
        : [];
  const { rule, base, noise, layout, inputs, irrelevant, steps } = recipe;
  return {
    name: `${rule} base ${base} order ${recipe.order} noise ${noise} ${inputs}${irrelevant ? ` +${irrelevant}` : ''} ${layout}`,
    steps,
    ms,
    cpuMs,
    evidence: isRandom || holdsEvidence(recipe),
    orderRight: (swapped ? (finding?.evidence.order ?? -1) : report.order) === order,
    layoutRight: (finding !== undefined) === swapped,
    falseAlarms: codes.filter((code) => !allowed.includes(code)),
    found: describe(report),
  };
}

function judgeInnocent(kind: number, steps: number, seed: number): Result {
  const { name, sample, allowed } = innocent(innocentKinds[kind % innocentKinds.length], {
    steps,
    rowLength: 40,
    seed,
  });
  const { report, ms, cpuMs } = timed(() => examine(sample));
  const codes = report.findings.map(({ code }) => code);
  return {
    name: `innocent: ${name}`,
    steps,
    ms,
    cpuMs,
    evidence: false,
    orderRight: true,
    layoutRight: !codes.includes('axes-swapped'),
    falseAlarms: codes.filter((code) => !allowed.includes(code)),
    found: describe(report),
  };
}

/** Right, if the fault is named, with the shift where labels are shifted. */
function judgeGuilty(kind: number, steps: number, seed: number): Result {
  const { name, sample, expected, shift } = guilty(guiltyKinds[kind % guiltyKinds.length], {
    steps,
    rowLength: 40,
    seed,
  });
  const { report, ms, cpuMs } = timed(() => examine(sample));
  const finding = report.findings.find(({ code }) => code === expected);
  return {
    name: `guilty: ${name}`,
    steps,
    ms,
    cpuMs,
    evidence: true,
    orderRight: shift === undefined || finding?.evidence.shift === shift,
    layoutRight: finding !== undefined,
    falseAlarms: report.findings.map(({ code }) => code).filter((code) => code !== expected),
    found: describe(report),
  };
}

function timed(examination: () => DoctorReport) {
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const report = examination();
  const { user, system } = process.cpuUsage(cpuStart);
  return { report, ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

function describe({ order, findings }: DoctorReport): string {
  return [
    `order ${order}`,
    ...findings.map(({ code, evidence }) => `${code}${evidence.order ? ` (${evidence.order})` : ''}`),
  ].join(', ');
}

function summary(all: Result[]) {
  const judged = all.filter(({ evidence }) => evidence);
  const right = judged.filter(({ orderRight, layoutRight }) => orderRight && layoutRight);
  const alarms = all.filter(({ falseAlarms }) => falseAlarms.length > 0);
  const times = all.map(({ ms }) => ms).sort((a, b) => a - b);
  const cpuTimes = all.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
  return {
    dataSets: all.length,
    withEvidence: judged.length,
    right: right.length,
    rightShare: right.length / judged.length,
    falseAlarms: alarms.length,
    falseAlarmRate: alarms.length / all.length,
    msMedian: times[times.length >> 1],
    msLargest: times[times.length - 1],
    cpuMsMedian: cpuTimes[cpuTimes.length >> 1],
    cpuMsLargest: cpuTimes[cpuTimes.length - 1],
    slowest: slowest(all),
    misses: judged.filter((result) => !right.includes(result)),
    alarms,
  };
}

/** The data sets that take the most processor time. */
function slowest(all: Result[]): Pick<Result, 'name' | 'steps' | 'ms' | 'cpuMs'>[] {
  const byTime = all.toSorted((a, b) => b.cpuMs - a.cpuMs).slice(0, 3);
  return byTime.map(({ name, steps, ms, cpuMs }) => ({ name, steps, ms, cpuMs }));
}

function table(all: Result[]): string {
  const sizes = [...new Set(all.map(({ steps }) => steps))].sort((a, b) => a - b);
  const total = summary(all);
  const { misses, alarms } = total;
  const line = (name: string, of: ReturnType<typeof summary>) =>
    `${name.padStart(9)}  ${String(of.dataSets).padStart(9)}  ${String(of.withEvidence).padStart(13)}  ${`${of.right} (${(100 * of.rightShare).toFixed(1)} %)`.padStart(14)}  ${String(of.falseAlarms).padStart(12)}  ${of.msMedian.toFixed(0).padStart(9)}  ${of.msLargest.toFixed(0).padStart(6)}  ${of.cpuMsMedian.toFixed(0).padStart(13)}  ${of.cpuMsLargest.toFixed(0).padStart(10)}`;
  return [
    '    steps  data sets  with evidence  order + layout  false alarms  ms median  ms max  cpu ms median  cpu ms max',
    ...sizes.map((size) => line(String(size), summary(all.filter(({ steps }) => steps === size)))),
    line('all', total),
    '',
    'Most processor time:',
    ...total.slowest.map(
      ({ name, steps, ms, cpuMs }) => `  ${name}, ${steps} steps: cpu ${cpuMs.toFixed(0)} ms, wall ${ms.toFixed(0)} ms`,
    ),
    `Misses where the data hold enough evidence: ${misses.length}`,
    ...misses.map(({ name, steps, found }) => `  ${name}, ${steps} steps: ${found}`),
    `False alarms: ${alarms.length} of ${all.length}`,
    ...alarms.map(({ name, steps, falseAlarms }) => `  ${name}, ${steps} steps: ${falseAlarms.join(', ')}`),
    '',
  ].join('\n');
}
