/**
 * How much a step's inputs have in common with those some steps before them in the file: neighbours in time are alike,
 * so where others are more alike, time may run there.
 */
import type { Sample } from './sample.ts';

/** Pairs of steps that a coherence is measured on. */
const measuredPairs = 20_000;
/** Tokens beyond so many are counted together, by the remainder of their number. */
const mostTokens = 128;

/** 0 to 1: of numbers the largest squared correlation of a feature, of tokens the share of their entropy that is mutual. */
export type Coherence = (lag: number, isPair?: (step: number, before: number) => boolean) => number;

/** Coherence over pairs of steps that lie `lag` steps apart in the sample, rows end to end; only over those that `isPair` accepts. */
export function coherenceOf(sample: Sample): Coherence {
  const steps = sample.labels.length;
  return (lag, isPair = () => true) => {
    const stride = Math.max(1, Math.floor((steps - lag) / measuredPairs));
    const pairs: number[] = [];
    for (let step = lag; step < steps; step += stride) if (isPair(step, step - lag)) pairs.push(step);
    if (pairs.length < 50) return 0;
    return sample.inputKind === 'symbols' ? mutualShare(sample, pairs, lag) : largestCorrelation(sample, pairs, lag);
  };
}

function largestCorrelation({ inputs, features }: Sample, steps: number[], lag: number): number {
  let largest = 0;
  for (let i = 0; i < features; i++) {
    let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
    for (const step of steps) {
      const x = inputs[step * features + i];
      const y = inputs[(step - lag) * features + i];
      a += x;
      b += y;
      aa += x * x;
      bb += y * y;
      ab += x * y;
    }
    const n = steps.length;
    const variances = (aa - (a * a) / n) * (bb - (b * b) / n);
    if (variances > 1e-12) largest = Math.max(largest, (ab - (a * b) / n) ** 2 / variances);
  }
  return Math.min(1, largest);
}

/** Mutual information with Miller's correction, over the entropy. */
function mutualShare({ inputs }: Sample, steps: number[], lag: number): number {
  const single = new Int32Array(mostTokens);
  const before = new Int32Array(mostTokens);
  const joint = new Int32Array(mostTokens * mostTokens);
  for (const step of steps) {
    const [x, y] = [inputs[step] % mostTokens, inputs[step - lag] % mostTokens];
    single[x]++;
    before[y]++;
    joint[x * mostTokens + y]++;
  }
  const n = steps.length;
  const entropy = (counts: Int32Array) => {
    let sum = 0;
    let kinds = 0;
    for (const count of counts) {
      if (count === 0) continue;
      sum -= (count / n) * Math.log(count / n);
      kinds++;
    }
    return sum + (kinds - 1) / (2 * n);
  };
  const own = entropy(single);
  return own > 0 ? Math.max(0, Math.min(1, (own + entropy(before) - entropy(joint)) / own)) : 0;
}
