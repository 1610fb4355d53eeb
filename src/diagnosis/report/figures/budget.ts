/**
 * What a report may take, told before it is made and not by the clock: the same model on the same data gets the same
 * report, on every machine.
 */
import { forwardFlops } from '../../../model/cost.ts';
import type { ModelDescription } from '../../../model/description.ts';

/** Half of 10 % of the training, and half of 2 s: for machines that are slower than these figures, or busy. */
const shareOfTraining = 0.05;
const leastSeconds = 1;
/** Share of the time that each of the three takes; the rest is for what is around them. */
const shares = { scores: 0.35, memory: 0.4, influence: 0.15 };
/** Seconds of a predictor's step on one core: for the call, an operation, a class. */
const seconds = { step: 2e-7, flop: 1 / 1.2e10, class: 1e-8 };
/** Steps that are judged, at least (of a short sequence) and at most. */
const scoredSteps = { least: 200, most: 200_000 };

/** What a report on a training of so many seconds may take. */
export function reportSeconds(trainingSeconds: number): number {
  return Math.max(leastSeconds, shareOfTraining * trainingSeconds);
}

/** Steps that the model may run for each part of a report. */
export interface AffordableSteps {
  scores: number;
  memory: number;
  influence: number;
}

/** What so many seconds are enough for. */
export function affordableSteps(model: ModelDescription, allowed: number): AffordableSteps {
  const ofStep = seconds.step + seconds.flop * forwardFlops(model, 1) + seconds.class * model.head.classes;
  const steps = (share: number) => Math.floor((share * allowed) / ofStep);
  return {
    scores: Math.max(scoredSteps.least, Math.min(scoredSteps.most, steps(shares.scores))),
    memory: steps(shares.memory),
    influence: steps(shares.influence),
  };
}
