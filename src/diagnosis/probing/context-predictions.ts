/**
 * What counts of contexts predict for the labels that are held out, where steps are tokens: beside a probe, which learns
 * rare contexts late.
 */
import { positions } from '../sampling/axes.ts';
import type { Sample } from '../sampling/sample.ts';
import type { Fold, HeldOutLabels } from './held-out-blocks.ts';
import type { Predictions } from './mixture.ts';

/** Values of the longest context, the present one included; those at which predictions are asked for. */
const longestContext = 6;
const contextDepths = [1, 2, 3, 4, 6];
/** Contexts are told apart by their number in a system of so many digits as there are tokens: up to this it is exact. */
const mostContexts = 2 ** 53;

/**
 * Counts of the labels that train in a fold, in the contexts of the labels that it holds out, interpolated from few values
 * to many (Witten & Bell 1991, method C): p_d(y) = (n_xy + m_x p_{d-1}(y)) / (n_x + m_x), m_x different labels in context
 * x; p_0 are the frequencies.
 */
export function contextPredictions(sample: Sample, { folds, judged }: HeldOutLabels): Predictions[] {
  const contexts = contextsOf(sample);
  const depths = contextDepths.filter((depth) => depth <= contexts.longest);
  const predictions = depths.map((depth) => ({ depth, probabilities: [new Float32Array(judged.frequencies.length)] }));
  let from = 0;
  for (const fold of folds) {
    const counts = countContexts(sample, fold, contexts);
    for (const step of fold.judged) {
      let known = judged.frequencies.subarray(from, from + sample.classes);
      for (const [k, context] of [...contexts.before(step)].entries()) {
        known = interpolated(counts[k].get(context)!, known);
        predictions[depths.indexOf(k + 1)]?.probabilities[0].set(known, from);
      }
      from += sample.classes;
    }
  }
  return predictions;
}

/** Contexts as numbers in a system with a digit for each token, and 0 for what lies before the row. */
function contextsOf(sample: Sample) {
  const { inputs } = sample;
  const { placeOf } = positions(sample);
  const base = inputs.reduce((most, token) => Math.max(most, token), 0) + 2;
  const longest = Math.min(longestContext, Math.floor(Math.log(mostContexts) / Math.log(base)));
  const powers = Array.from({ length: longest }, (_, back) => base ** back);
  const digit = (step: number, back: number) => (placeOf[step] >= back ? inputs[step - back] + 1 : 0);
  return {
    longest,
    /** Of one value, two, and so on, up to a step. */
    *before(step: number) {
      let context = 0;
      for (let back = 0; back < longest; back++) {
        context += powers[back] * digit(step, back);
        yield context;
      }
    },
  };
}

/** For each depth, of each context of a judged label the counts [C] of the labels that train. */
function countContexts(sample: Sample, { training, judged }: Fold, contexts: ReturnType<typeof contextsOf>) {
  const counts = Array.from({ length: contexts.longest }, () => new Map<number, Float32Array>());
  for (const step of judged) {
    let depth = 0;
    for (const context of contexts.before(step)) {
      const ofDepth = counts[depth++];
      if (!ofDepth.has(context)) ofDepth.set(context, new Float32Array(sample.classes));
    }
  }
  for (const step of training) {
    let depth = 0;
    for (const context of contexts.before(step)) {
      const ofContext = counts[depth++].get(context);
      // No longer context was asked for either.
      if (!ofContext) break;
      ofContext[sample.labels[step]]++;
    }
  }
  return counts;
}

function interpolated(counts: Float32Array, shallower: Float32Array): Float32Array {
  let [seen, distinct] = [0, 0];
  for (const count of counts) {
    seen += count;
    if (count > 0) distinct++;
  }
  if (seen === 0) return shallower;
  return counts.map((count, y) => (count + distinct * shallower[y]) / (seen + distinct));
}
