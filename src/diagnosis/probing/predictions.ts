/**
 * What probes of one kind, one for each fold, predict for the labels that did not train them.
 */
import type { HeldOutLabels } from './held-out-blocks.ts';
import type { Predictions } from './mixture.ts';
import { type ProbePlan, trainProbe } from './probe.ts';
import { longestRow, type ProbedData } from './probed-data.ts';

/**
 * @param depths steps of a crop, ascending; those that are longer than any row tell no more and are left out.
 * @returns for each depth, in values of the data, the predictions of each stage of the training.
 */
export function predictionsOf(
  data: ProbedData,
  { folds, judged }: HeldOutLabels,
  plan: ProbePlan,
  depths: readonly number[],
) {
  const numbers = judged.labels.length * data.classes;
  const longest = longestRow(data);
  const predictions = depths.map(
    (depth): Predictions => ({
      // The deepest crop may be longer than any row: it sees no more values than there are.
      depth: Math.min(depth * plan.stride, longest),
      probabilities: plan.stages.map(() => new Float32Array(numbers)),
    }),
  );
  let from = 0;
  for (const { training, judged: steps } of folds) {
    const ofStages = trainProbe(data, training, plan, (ask) => depths.map((depth) => ask(steps, depth)));
    for (const [stage, ofDepths] of ofStages.entries())
      for (const [k, probabilities] of ofDepths.entries()) predictions[k].probabilities[stage].set(probabilities, from);
    from += steps.length * data.classes;
  }
  return predictions;
}
