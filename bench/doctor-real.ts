/**
 * How well the doctor does on real data: what it says of data sets as they are and spoiled, what spoiling costs a model,
 * and how near its staircase is to the loss of models that see so much of the past.
 */
import { examine } from '../src/diagnosis/doctor/doctor.ts';
import type { DepthEntropy, DoctorReport, FindingCode } from '../src/diagnosis/doctor/doctor-schema.ts';
import type { Sample } from '../src/diagnosis/sampling/sample.ts';
import { contradictionsOf } from './real-data/contradictions.ts';
import { type RealData, realData } from './real-data/load.ts';
import { ModelLosses } from './real-data/model-losses.ts';
import { rightDraws, type Variant, variantsOf } from './real-data/spoiled.ts';

export interface RealOptions {
  python: string;
  seed: number;
  /** Only these data sets. */
  names?: string[];
  /** No models are trained beside: neither costs nor staircases are compared. */
  withoutModels: boolean;
  /** A file that keeps the losses of models: with it, each is trained once. */
  models?: string;
}

interface Judged {
  name: string;
  spoiling: Variant['spoiling'];
  codes: FindingCode[];
  cpuMs: number;
  isNamed: boolean;
  /** Share of the gain of the right data that a model loses; undefined where none was trained. */
  cost?: number;
  flatters: boolean;
}

/** The right data in another draw of rows or splits. */
interface Draw {
  name: string;
  codes: FindingCode[];
}

interface Step {
  name: string;
  depth: number;
  doctor: number;
  standardError?: number;
  source?: string;
  model: number;
  modelError: number;
  labelEntropy: number;
}

/** Steps of training: of the models that spoiling is judged by, and of those that a staircase is. */
const training = { cost: 500, staircase: 1200 };
const comparedDepths = [1, 4, 16, 64];
const costly = 0.2;

export function runReal({ python, seed, names, withoutModels, models: file }: RealOptions) {
  const models = withoutModels ? undefined : new ModelLosses(file);
  const judged: Judged[] = [];
  const steps: Step[] = [];
  const draws: Draw[] = [];
  const contradictions: string[] = [];
  for (const data of realData(python, names)) {
    const variants = variantsOf(data, seed);
    const right = examine(variants[0].sample);
    for (const sample of rightDraws(data, seed))
      draws.push({ name: data.name, codes: codesOf(sample, contradictions) });
    for (const variant of variants) {
      const cost = models && costOf(data, variant, right.entropies[0].nats, models, seed);
      judged.push({ ...judge(data, variant, contradictions), ...(cost === undefined ? {} : { cost }) });
    }
    if (models) steps.push(...staircaseOf(data, right, models, seed));
    process.stderr.write(`${data.name} done\n`);
  }
  return { judged, steps, draws, contradictions };
}

/** What a doctor finds that is there: classes that a random split left out, and pieces of texts that say the same. */
const trueOfSplits: FindingCode[] = ['class-missing-in-split', 'duplicate-across-splits'];

function codesOf(sample: Sample, contradictions: string[]): FindingCode[] {
  const report = examine(sample);
  contradictions.push(...contradictionsOf(report));
  return report.findings.map(({ code }) => code);
}

/**
 * Share of the gain of a model on the right data that one on the spoiled data loses: of what gain and loss are beyond
 * twice their standard errors. A model that is worse than the frequencies of classes gains nothing.
 */
function costOf({ sample }: RealData, variant: Variant, labelEntropy: number, models: ModelLosses, seed: number) {
  if (variant.spoiling === 'right' || variant.flatters) return undefined;
  const model = { depth: 64, steps: training.cost, seed, judgedByAll: false };
  const [right, spoiled] = [models.of(sample, model), models.of(variant.sample, model)];
  const gain = labelEntropy - right.nats;
  const lost = Math.min(spoiled.nats, labelEntropy) - right.nats;
  const error = Math.hypot(right.standardError, spoiled.standardError);
  return gain < 2 * right.standardError || Math.abs(lost) < 2 * error ? 0 : lost / gain;
}

function judge(
  { name }: RealData,
  { spoiling, sample, expected, flatters = false }: Variant,
  contradictions: string[],
): Judged {
  const start = process.cpuUsage();
  const codes = codesOf(sample, contradictions);
  const { user, system } = process.cpuUsage(start);
  const isNamed = codes.some((code) => expected.includes(code));
  return { name, spoiling, codes, cpuMs: (user + system) / 1000, isNamed, flatters };
}

function staircaseOf(
  { name, sample }: RealData,
  { entropies }: DoctorReport,
  models: ModelLosses,
  seed: number,
): Step[] {
  return comparedDepths.map((depth) => {
    const of = entropies.findLast((one: DepthEntropy) => one.depth <= depth) ?? entropies[0];
    const model = models.of(sample, { depth, steps: training.staircase, seed, judgedByAll: true });
    return {
      name,
      depth,
      doctor: of.nats,
      standardError: of.standardError,
      source: of.source,
      model: Math.min(model.nats, entropies[0].nats),
      modelError: model.standardError,
      labelEntropy: entropies[0].nats,
    };
  });
}

export function realTable({ judged, steps, draws, contradictions }: ReturnType<typeof runReal>): string {
  const spoilings = [...new Set(judged.map(({ spoiling }) => spoiling))];
  const names = [...new Set(judged.map(({ name }) => name))];
  const right = [...judged.filter(({ spoiling }) => spoiling === 'right'), ...draws];
  const alarms = right.filter(({ codes }) => codes.some((code) => !trueOfSplits.includes(code)));
  const harmful = judged.filter(
    ({ spoiling, cost, flatters }) => spoiling !== 'right' && (flatters || cost === undefined || cost >= costly),
  );
  const named = harmful.filter(({ isNamed }) => isNamed);
  const near = (withErrors: boolean) => steps.filter((step) => isNear(step, withErrors)).length;
  const times = judged.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
  const cell = (name: string, spoiling: string) => {
    const one = judged.find((of) => of.name === name && of.spoiling === spoiling);
    if (!one) return '–';
    if (spoiling === 'right') return one.codes.length === 0 ? 'nothing' : [...new Set(one.codes)].join(', ');
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
    `Right data, ${names.length} data sets in ${right.length} draws of rows and splits: false alarms in ${alarms.length} (what splits lack or repeat is none)`,
    ...alarms.map(({ name, codes }) => `  ${name}: ${codes.join(', ')}`),
    `Spoiled and named: ${named.length} of ${harmful.length} that flatter a model or cost it 20 % of its gain`,
    ...harmful
      .filter(({ isNamed }) => !isNamed)
      .map(({ name, spoiling, codes }) => `  missed: ${name} ${spoiling}: ${codes.join(', ') || 'nothing'}`),
    `Contradictions in what was said: ${contradictions.length}`,
    ...contradictions.map((rule) => `  ${rule}`),
    `Processor time: median ${Math.round(times[times.length >> 1])} ms, largest ${Math.round(times[times.length - 1])} ms`,
    ...(steps.length > 0
      ? [
          '',
          'Staircase beside a model of 32 units that sees as many values, in nats:',
          ...names.map((name) => row([name, ...steps.filter((step) => step.name === name).map(stepCell)])),
          `Within 10 % of the model's loss, or below it: ${near(false)} of ${steps.length}; with two standard errors: ${near(true)}`,
        ]
      : []),
    '',
  ].join('\n');
}

function stepCell({ depth, doctor, model }: Step): string {
  return `${depth}: ${doctor.toFixed(3)} ${model.toFixed(3)}`;
}

/**
 * The staircase is an upper bound: being below a model is no fault. A tenth of the loss, but no less than 1 % of the entropy;
 * or, `withErrors`, no more than two standard errors of both.
 */
function isNear({ doctor, model, labelEntropy, standardError = 0, modelError }: Step, withErrors: boolean): boolean {
  const errors = withErrors ? 2 * Math.hypot(standardError, modelError) : 0;
  return doctor - model <= Math.max(0.1 * model, 0.01 * labelEntropy, errors);
}
