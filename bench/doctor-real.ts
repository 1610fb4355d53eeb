/**
 * How well the doctor does on real data: what it says of data sets as they are and spoiled, what spoiling costs a model,
 * and how near its staircase is to the loss of models that see so much of the past.
 */
import { examine } from '../src/diagnosis/doctor/doctor.ts';
import type { DepthEntropy, DoctorReport } from '../src/diagnosis/doctor/doctor-schema.ts';
import { type RealData, realData } from './real-data/load.ts';
import { trainedLoss } from './real-data/model.ts';
import { type Variant, variantsOf } from './real-data/spoiled.ts';

export interface RealOptions {
  python: string;
  seed: number;
  /** Only these data sets. */
  names?: string[];
  /** No models are trained beside: neither costs nor staircases are compared. */
  withoutModels: boolean;
}

interface Judged {
  name: string;
  spoiling: Variant['spoiling'];
  codes: string[];
  cpuMs: number;
  isNamed: boolean;
  /** Share of the gain of the right data that a model loses; undefined where none was trained. */
  cost?: number;
  flatters: boolean;
}

interface Step {
  name: string;
  depth: number;
  doctor: number;
  standardError?: number;
  source?: string;
  model: number;
  labelEntropy: number;
}

/** Steps of training: of the models that spoiling is judged by, and of those that a staircase is. */
const training = { cost: 500, staircase: 1200 };
const comparedDepths = [1, 4, 16, 64];
const costly = 0.2;

export function runReal({ python, seed, names, withoutModels }: RealOptions) {
  const judged: Judged[] = [];
  const steps: Step[] = [];
  for (const data of realData(python, names)) {
    const variants = variantsOf(data, seed);
    const right = examine(variants[0].sample);
    const best = withoutModels ? undefined : trainedLoss(data.sample, 64, training.cost, seed);
    for (const variant of variants) judged.push(judge(data, variant, right.entropies[0].nats, best, seed));
    if (!withoutModels) steps.push(...staircaseOf(data, right, seed));
    process.stderr.write(`${data.name} done\n`);
  }
  return { judged, steps };
}

function judge(
  { name }: RealData,
  variant: Variant,
  labelEntropy: number,
  best: number | undefined,
  seed: number,
): Judged {
  const { spoiling, sample, expected, flatters = false } = variant;
  const start = process.cpuUsage();
  const codes = examine(sample).findings.map(({ code }) => code);
  const { user, system } = process.cpuUsage(start);
  const isModelled = best !== undefined && spoiling !== 'right' && !flatters;
  const spoiled = isModelled ? trainedLoss(sample, 64, training.cost, seed) : undefined;
  return {
    name,
    spoiling,
    codes,
    cpuMs: (user + system) / 1000,
    isNamed: codes.some((code) => expected.includes(code)),
    flatters,
    ...(spoiled !== undefined && best !== undefined ? { cost: (spoiled - best) / (labelEntropy - best) } : {}),
  };
}

function staircaseOf({ name, sample }: RealData, { entropies }: DoctorReport, seed: number): Step[] {
  return comparedDepths.map((depth) => {
    const of = entropies.findLast((one: DepthEntropy) => one.depth <= depth) ?? entropies[0];
    return {
      name,
      depth,
      doctor: of.nats,
      standardError: of.standardError,
      source: of.source,
      model: trainedLoss(sample, depth, training.staircase, seed),
      labelEntropy: entropies[0].nats,
    };
  });
}

export function realTable({ judged, steps }: ReturnType<typeof runReal>): string {
  const spoilings = [...new Set(judged.map(({ spoiling }) => spoiling))];
  const names = [...new Set(judged.map(({ name }) => name))];
  const right = judged.filter(({ spoiling }) => spoiling === 'right');
  const alarms = right.filter(({ codes }) => codes.length > 0);
  const harmful = judged.filter(
    ({ spoiling, cost, flatters }) => spoiling !== 'right' && (flatters || cost === undefined || cost >= costly),
  );
  const named = harmful.filter(({ isNamed }) => isNamed);
  const near = steps.filter((step) => isNear(step));
  const times = judged.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
  const cell = (name: string, spoiling: string) => {
    const one = judged.find((of) => of.name === name && of.spoiling === spoiling);
    if (!one) return '–';
    if (spoiling === 'right') return one.codes.length === 0 ? 'nothing' : one.codes.join(', ');
    const cost = one.cost === undefined ? '' : ` (${Math.round(100 * one.cost)} %)`;
    return `${one.isNamed ? 'named' : 'missed'}${cost}`;
  };
  const widths = ['', ...spoilings].map((column, k) => (k === 0 ? 15 : Math.max(15, column.length)));
  const row = (cells: string[]) =>
    cells
      .map((text, k) => text.padEnd(widths[k]))
      .join(' ')
      .trimEnd();
  return [
    row(['', ...spoilings]),
    ...names.map((name) => row([name, ...spoilings.map((spoiling) => cell(name, spoiling))])),
    '',
    `Findings in right data: ${alarms.length} of ${right.length} data sets`,
    `Spoiled and named: ${named.length} of ${harmful.length} that flatter a model or cost it 20 % of its gain`,
    ...harmful
      .filter(({ isNamed }) => !isNamed)
      .map(({ name, spoiling, codes }) => `  missed: ${name} ${spoiling}: ${codes.join(', ') || 'nothing'}`),
    `Processor time: median ${Math.round(times[times.length >> 1])} ms, largest ${Math.round(times[times.length - 1])} ms`,
    ...(steps.length > 0
      ? [
          '',
          'Staircase beside a model of 32 units that sees as many values, in nats:',
          ...names.map((name) => row([name, ...steps.filter((step) => step.name === name).map(stepCell)])),
          `Within 10 % of the model's loss, below it, or within two standard errors: ${near.length} of ${steps.length}`,
        ]
      : []),
    '',
  ].join('\n');
}

function stepCell({ depth, doctor, model }: Step): string {
  return `${depth}: ${doctor.toFixed(3)} ${model.toFixed(3)}`;
}

/** The staircase is an upper bound: being below a model is no fault. A tenth of the loss, but no less than 1 % of the entropy. */
function isNear({ doctor, model, labelEntropy, standardError = 0 }: Step): boolean {
  return doctor - model <= Math.max(0.1 * model, 0.01 * labelEntropy, 2 * standardError);
}
