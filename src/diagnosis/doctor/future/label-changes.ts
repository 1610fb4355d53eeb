/**
 * Where the inputs lie that changes of the label go with: of labels that are shifted against their inputs, some steps
 * ahead of the change, all at one distance.
 */
import { entropy } from '../../counting/entropy.ts';
import type { Sample } from '../../sampling/sample.ts';

/** Distances at which the inputs around a change are looked at, and by how much one of them must tell more than all that are past. */
const around = 32;
const sharper = 2;
/** Labels and changes that are needed at least, and changes of at most so many of the labels. */
const least = { labels: 1_000, changes: 50 };
const mostChanging = 0.25;
const mostFeatures = 8;
const kinds = 128;
const bins = 16;
const measuredSteps = 100_000;

/**
 * The number of steps ahead whose input tells most about whether the label changes, if it tells twice as much as any
 * that is not ahead.
 */
export function changesAhead(sample: Sample): number | undefined {
  const { labels, mask, starts, features } = sample;
  const changes: number[] = [];
  const steps: number[] = [];
  for (let r = 0; r + 1 < starts.length && steps.length < measuredSteps; r++) {
    for (let step = starts[r] + around; step + around < starts[r + 1]; step++) {
      if (mask[step] <= 0 || mask[step - 1] <= 0) continue;
      steps.push(step);
      if (labels[step] !== labels[step - 1]) changes.push(step);
    }
  }
  if (steps.length < least.labels || changes.length < least.changes || changes.length > mostChanging * steps.length)
    return undefined;
  const told = new Float64Array(2 * around + 1);
  for (let i = 0; i < Math.min(features, mostFeatures); i++) {
    const codes = codesOf(sample, i);
    for (let k = 0; k < told.length; k++) told[k] = Math.max(told[k], information(codes, steps, labels, k - around));
  }
  const behind = Math.max(...told.subarray(0, around + 1));
  const ahead = told.indexOf(Math.max(...told)) - around;
  return ahead > 1 && told[ahead + around] > sharper * behind ? ahead : undefined;
}

/** Tokens by their number, numbers in bins that hold as many steps each. */
function codesOf({ inputs, features, inputKind }: Sample, feature: number): Uint8Array {
  const values = Float32Array.from(
    { length: inputs.length / features },
    (_, step) => inputs[step * features + feature],
  );
  if (inputKind === 'symbols') return Uint8Array.from(values, (token) => token % kinds);
  const sorted = values.slice().sort();
  const edges = Array.from({ length: bins - 1 }, (_, k) => sorted[Math.floor(((k + 1) * sorted.length) / bins)]);
  return Uint8Array.from(values, (value) => edges.filter((edge) => value >= edge).length);
}

/** Mutual information of a change of the label and the input `ahead` steps later, in nats a step. */
function information(codes: Uint8Array, steps: number[], labels: Int32Array, ahead: number): number {
  const all = new Float64Array(kinds);
  const changed = new Float64Array(kinds);
  let changes = 0;
  for (const step of steps) {
    const code = codes[step + ahead];
    all[code]++;
    if (labels[step] === labels[step - 1]) continue;
    changed[code]++;
    changes++;
  }
  const of = (counts: Float64Array, total: number) => entropy(counts.map((count) => count / total));
  const joint = Float64Array.from([...changed, ...all.map((count, code) => count - changed[code])]);
  return (
    of(all, steps.length) + entropy([changes / steps.length, 1 - changes / steps.length]) - of(joint, steps.length)
  );
}
