/**
 * The report's verdict: held-out loss against what the data allow, in a sentence or two.
 */
import type { DepthEntropy, DoctorReport, Finding } from './doctor-schema.ts';
import { counted, nats, percent } from './wording.ts';

/** How far a model has come. */
export interface Progress {
  /** How many past values it has learned to use. */
  order: number;
  /** Share of the information in the data that it uses. */
  informationUsed: number;
  /** The lowest loss that the data allow, in whatever layout. */
  reachable: number;
}

/** A drop from one depth to a deeper one has to be this share of H(y) to count as a level of its own. */
const level = 0.01;
/** Below this share of the information, nothing was learned. */
const nothing = 0.02;

/**
 * The order that a loss has reached is that of the deepest entropy H(y | depth) it is nearer to than to the next higher one. A loss below all of them shows
 * that the model sees further than the doctor counted: then its own memory tells.
 */
export function progressOf(loss: number, doctor: DoctorReport, effectiveMemory: number, optimum?: number): Progress {
  const levels = distinctLevels(doctor.entropies);
  const labelEntropy = levels[0]?.nats ?? 0;
  const lowest = levels.at(-1)?.nats ?? 0;
  let order = 0;
  for (let k = 1; k < levels.length; k++) {
    if (loss <= (levels[k - 1].nats + levels[k].nats) / 2) order = Math.max(0, levels[k].depth - 1);
  }
  if (loss < lowest - 0.1 * labelEntropy) order = Math.max(order, effectiveMemory);
  const elsewhere = finding(doctor.findings, 'axes-swapped')?.evidence.natsReachable;
  const reachable = Math.min(lowest, optimum ?? lowest, typeof elsewhere === 'number' ? elsewhere : lowest);
  const available = labelEntropy - Math.min(reachable, loss);
  const informationUsed = available > 1e-9 ? Math.min(1, Math.max(0, (labelEntropy - loss) / available)) : 0;
  return { order, informationUsed, reachable };
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

export function verdictOf(loss: number, progress: Progress, doctor: DoctorReport): string {
  return [whatItLearned(loss, progress, doctor), ...obstacles(doctor.findings)].join(' ');
}

function whatItLearned(loss: number, { order, informationUsed, reachable }: Progress, doctor: DoctorReport): string {
  const labelEntropy = doctor.entropies[0]?.nats ?? 0;
  const figures = `held-out loss ${nats(loss)}, reachable ${nats(reachable)}`;
  if (labelEntropy === 0) return `There is nothing to learn: all labels are equal (held-out loss ${nats(loss)}).`;
  if (informationUsed < nothing) {
    return `The model has learned nothing: its held-out loss of ${nats(loss)} is that of someone who knows only how frequent each class is (${nats(labelEntropy)}).`;
  }
  const past = order === 0 ? 'no past value' : counted(order, 'past value');
  if (finding(doctor.findings, 'axes-swapped')) {
    return `The model uses ${past}: its held-out loss of ${nats(loss)} is what the present value alone allows (${nats(doctor.entropies[1]?.nats ?? 0)}).`;
  }
  const needed = order < doctor.order ? ` of the ${doctor.order} that labels need` : '';
  return `The model uses ${past}${needed} and ${shareInWords(informationUsed)} of the information there is (${figures}).`;
}

function shareInWords(share: number): string {
  if (share >= 0.995) return 'all (100 %)';
  return share >= 0.9 ? `nearly all (${percent(share)})` : percent(share);
}

function obstacles(findings: readonly Finding[]): string[] {
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
    sentences.push(
      `1 step in ${steps} has a label that depends on a value outside its row, so the loss cannot fall below ${nats(outside.floor)}.`,
    );
  }
  if (finding(findings, 'rows-too-short')) sentences.push('Rows are too short to hold what labels depend on.');
  if (finding(findings, 'label-depends-on-future'))
    sentences.push('Labels depend on later values, which the model cannot see.');
  return sentences;
}

function finding(findings: readonly Finding[], code: Finding['code']): Finding | undefined {
  return findings.find((found) => found.code === code);
}
