/**
 * The report's verdict: held-out loss against what the data allow, in a sentence or two.
 */
import type { DepthEntropy, DoctorReport, Finding } from '../doctor/doctor-schema.ts';
import { counted, nats, percent } from '../wording.ts';
import type { Report } from './report-schema.ts';

/** How much of the information in the data a model has learned to use. */
interface LearnedInformation {
  /** How many past values it has learned to use. */
  order: number;
  /** Share of the information that is known to be in the data that it uses. */
  informationUsed: number;
  reachable: NonNullable<Report['reachable']>;
}

/** A drop from one depth to a deeper one has to be this share of H(y) to count as a level of its own. */
const level = 0.01;
/** Below this share of the information, nothing was learned. */
const nothing = 0.02;

/**
 * The order that a loss has reached is that of the deepest entropy H(y | depth) it is nearer to than to the next higher
 * one. A loss below all of them shows that the model sees further than the doctor counted: then its own memory tells.
 * Where counting does not see the values as they are, a low loss may come from what it does not see of the present one:
 * the model's memory is then the most that is said.
 */
export function learnedInformation(
  loss: number,
  doctor: DoctorReport,
  effectiveMemory: number,
  optimum?: number,
): LearnedInformation {
  const levels = distinctLevels(doctor.entropies);
  const labelEntropy = levels[0]?.nats ?? 0;
  const lowest = levels.at(-1)?.nats ?? 0;
  let order = 0;
  for (let k = 1; k < levels.length; k++) {
    if (loss <= (levels[k - 1].nats + levels[k].nats) / 2) order = Math.max(0, levels[k].depth - 1);
  }
  if (loss < lowest - 0.1 * labelEntropy) order = Math.max(order, effectiveMemory);
  if (!countsExactly(doctor)) order = Math.min(order, effectiveMemory);
  const elsewhere = finding(doctor.findings, 'axes-swapped')?.evidence.natsReachable;
  const found = Math.min(lowest, typeof elsewhere === 'number' ? elsewhere : lowest);
  const reachable = Math.min(found, optimum ?? found);
  const available = labelEntropy - Math.min(reachable, loss);
  const informationUsed = available > 1e-9 ? Math.min(1, Math.max(0, (labelEntropy - loss) / available)) : 0;
  const isProven = optimum !== undefined || isFloor(reachable, labelEntropy, doctor);
  return { order, informationUsed, reachable: { nats: reachable, source: isProven ? 'proven' : 'counted' } };
}

/** Counting sees every value as it is: none was put into bins, no feature left out. */
function countsExactly({ binned, featuresUsed }: DoctorReport): boolean {
  return !binned && featuresUsed === undefined;
}

/** No model can do better on average: nothing is left to explain, or just what was proven to be out of reach. */
function isFloor(reachable: number, labelEntropy: number, { findings }: DoctorReport): boolean {
  const outside = finding(findings, 'label-outside-row')?.evidence;
  const floor = outside?.floorIsProven === true && typeof outside.floor === 'number' ? outside.floor : 0;
  return reachable <= 1.1 * floor + 1e-3 * labelEntropy;
}

function distinctLevels(entropies: readonly DepthEntropy[]): DepthEntropy[] {
  const labelEntropy = entropies[0]?.nats ?? 0;
  const levels: DepthEntropy[] = [];
  for (const entropy of entropies) {
    const above = levels.at(-1);
    if (!above || above.nats - entropy.nats > level * labelEntropy) levels.push(entropy);
  }
  return levels;
}

/** What is said of a model, and on what grounds. */
interface Judgement {
  heldOut: Report['heldOut'];
  effectiveMemory: number;
  learned: LearnedInformation;
  /** The checkpoint that is judged, where it is not the last, and where the training ended. */
  bestStep?: number;
  lastStep?: number;
}

export function verdictOf(judgement: Judgement, doctor: DoctorReport): string {
  const { loss } = judgement.heldOut;
  return [
    whatItLearned(judgement, doctor),
    ...whichWeights(judgement),
    ...obstacles(loss, doctor.findings),
    ...grounds(judgement.heldOut),
  ].join(' ');
}

function whichWeights({ bestStep, lastStep }: Judgement): string[] {
  if (bestStep === undefined || lastStep === undefined) return [];
  return [`Judged is the best checkpoint, of step ${bestStep}; the training went on to step ${lastStep}.`];
}

function whatItLearned({ heldOut: { loss }, effectiveMemory, learned }: Judgement, doctor: DoctorReport): string {
  const { order, informationUsed } = learned;
  const labelEntropy = doctor.entropies[0]?.nats ?? 0;
  const present = doctor.entropies[1]?.nats ?? labelEntropy;
  if (labelEntropy === 0) return `There is nothing to learn: all labels are equal (held-out loss ${nats(loss)}).`;
  if (informationUsed < nothing) {
    const compared = loss > 1.02 * labelEntropy ? 'above' : 'about';
    return `The model has learned nothing: its held-out loss of ${nats(loss)} is ${compared} that of someone who knows only how frequent each class is (${nats(labelEntropy)}).`;
  }
  if (finding(doctor.findings, 'axes-swapped') && order === 0 && countsExactly(doctor)) {
    const gain = effectiveMemory > 0 ? 'gains nothing from past values' : 'uses no past value';
    const isReached = Math.abs(loss - present) <= 0.05 * labelEntropy;
    return `The model ${gain}: its held-out loss of ${nats(loss)} ${isReached ? 'is what the present value alone allows' : 'compares with what the present value alone allows'} (${nats(present)}).`;
  }
  const used = `${pastInWords(order, effectiveMemory, doctor)} and ${informationInWords(loss, learned)}`;
  if (order > 0 || effectiveMemory === 0) return `The model uses ${used}.`;
  return `The model uses ${used}. Past values move its output (with the present one, ${effectiveMemory} of them ${effectiveMemory === 1 ? 'makes' : 'make'} up 95 % of the influence), but its loss does not show that they help: counting explains ${nats(present)} by the present value.`;
}

function pastInWords(order: number, effectiveMemory: number, doctor: DoctorReport): string {
  if (order === 0) return effectiveMemory === 0 ? 'no past value' : 'the present value';
  if (!countsExactly(doctor) || effectiveMemory > order) return `at least ${counted(order, 'past value')}`;
  return `${counted(order, 'past value')}${order < doctor.order ? ` of the ${doctor.order} that labels need` : ''}`;
}

/** "The information there is" is said where it is known how much that is; what is counted is the least that there is. */
function informationInWords(loss: number, { informationUsed, reachable }: LearnedInformation): string {
  if (reachable.source === 'proven') {
    const share = shareInWords(informationUsed);
    const best =
      loss < reachable.nats
        ? `on average no less than ${nats(reachable.nats)} can be reached`
        : `reachable ${nats(reachable.nats)}`;
    return `${share} of the information there is (held-out loss ${nats(loss)}, ${best})`;
  }
  const figures = `held-out loss ${nats(loss)}; counting explains labels down to ${nats(reachable.nats)}`;
  if (loss < reachable.nats) return `more information than counting finds in the data (${figures})`;
  return `${percent(informationUsed)} of the information that counting finds (${figures}, and there may be more to know)`;
}

function shareInWords(share: number): string {
  if (share >= 0.995) return 'all (100 %)';
  return share >= 0.9 ? `nearly all (${percent(share)})` : percent(share);
}

function obstacles(loss: number, findings: readonly Finding[]): string[] {
  const sentences: string[] = [];
  const swapped = finding(findings, 'axes-swapped');
  if (swapped) {
    const change = swapped.patch
      ? `Apply the patch: ${swapped.patch.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`).join(', ')}.`
      : 'Upload the data transposed.';
    sentences.push(`The neighbours in time lie on the batch axis, where no model can look. ${change}`);
  }
  const outside = finding(findings, 'label-outside-row')?.evidence;
  if (typeof outside?.floor === 'number' && typeof outside.shareOfLabels === 'number') {
    const steps = Math.round(1 / outside.shareOfLabels);
    const average = loss < outside.floor ? ', averaged over many rows,' : '';
    const consequence = outside.floorIsProven
      ? `, so the loss${average} cannot fall below ${nats(outside.floor)}`
      : `; what its row lacks tells ${nats(outside.floor)}, by counting`;
    sentences.push(`1 step in ${steps} has a label that depends on a value outside its row${consequence}.`);
  }
  if (finding(findings, 'rows-too-short')) sentences.push('Rows are too short to hold what labels depend on.');
  const future = finding(findings, 'label-depends-on-future')?.evidence;
  if (typeof future?.natsWithPast === 'number') {
    sentences.push(
      loss < future.natsWithPast
        ? 'Counting finds that later values tell of the labels what past ones do not; the model does better than counting with the past alone.'
        : 'Counting finds that later values, which the model cannot see, tell of the labels what past ones do not.',
    );
  }
  return sentences;
}

/** Fewer labels than this give no more than a rough idea. */
const fewLabels = 100;

/** What the figures were measured on, where that is not as it should be. */
function grounds({ part, steps, sequences }: Report['heldOut']): string[] {
  const sentences: string[] = [];
  if (part === 'validation') {
    sentences.push(
      `The split left no sequence for a test part: this is judged on the validation part (${counted(sequences ?? 0, 'sequence')}), which also decides on early stopping and the best checkpoint, so that the figures may flatter the model.`,
    );
  }
  if (steps < fewLabels) sentences.push(`It is judged on ${counted(steps, 'label')}: the figures are rough.`);
  return sentences;
}

function finding(findings: readonly Finding[], code: Finding['code']): Finding | undefined {
  return findings.find((found) => found.code === code);
}
