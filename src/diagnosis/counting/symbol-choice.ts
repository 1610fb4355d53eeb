/**
 * Chooses the symbols that an examination counts: of several features those that tell something, and continuous ones in
 * as many bins as predict best.
 */
import { batchAxis, futureAxis, positions, timeAxis } from '../sampling/axes.ts';
import { type Sample, spreadPart } from '../sampling/sample.ts';
import { labelledOf } from './examination.ts';
import { byInformation, featuresThatTell, stepsToRank, type Trial } from './feature-choice.ts';
import type { FeatureFacts } from './feature-facts.ts';
import { leastGain, searchOrder } from './order.ts';
import { binCounts, Columns, hotIndices, type JointSymbols } from './symbols.ts';

/** Steps, and values together, by which features and the fineness of bins are chosen. */
const trialSteps = 20_000;
const trialDepth = 4;

/**
 * Features and bins by how well they predict some 20,000 steps: fine bins tell more of a value, coarse ones leave more
 * labels to a context.
 */
export function chooseSymbols(sample: Sample, facts: FeatureFacts): JointSymbols {
  if (facts.oneHot) {
    const features = [...Array(sample.features).keys()];
    return { symbols: hotIndices(sample), features, fewestValues: features.length };
  }
  const choices = binCounts(sample.labels.length);
  const trial = trialOf(sample, facts);
  const { features } = trial.columns;
  const ranked = features.length > 1 ? rankedFeatures(sample, facts, trial) : features;
  let best = mostPredictive(trial, ranked, choices);
  const telling = features.length > 1 ? featuresThatTell(trial, ranked) : [];
  if (telling.length > 0) {
    const reduced = mostPredictive(trial, telling, choices);
    if (reduced.loss < best.loss + best.least) best = reduced;
  }
  return new Columns(sample, facts).joint(best.features, best.bins);
}

/** Of many features on a part of its own: only the steps that are counted are put into bins. */
function rankedFeatures(sample: Sample, facts: FeatureFacts, { labelled, columns }: Trial): number[] {
  const steps = stepsToRank(columns.features.length);
  if (steps >= Math.min(trialSteps, sample.labels.length)) return byInformation(labelled, columns);
  const part = spreadPart(sample, steps).sample;
  const ofPart = labelledOf(part, positions(part));
  return ofPart.labels.length > 0 ? byInformation(ofPart, new Columns(part, facts)) : byInformation(labelled, columns);
}

function trialOf(sample: Sample, facts: FeatureFacts): Trial {
  const part = spreadPart(sample, trialSteps).sample;
  return {
    labelled: labelledOf(part, positions(part)),
    columns: new Columns(part, facts),
    time: timeAxis(part),
    batch: batchAxis(part),
    future: futureAxis(part),
  };
}

interface Candidate {
  features: number[];
  bins: number;
  /** The lowest cross-validated loss along time and batch, and the difference that counts. */
  loss: number;
  least: number;
}

/** These features, as far as they can be counted together, in the number of bins that predicts best. */
function mostPredictive({ labelled, columns, time, batch }: Trial, features: number[], choices: number[]): Candidate {
  let best: Candidate = { features: [], bins: choices[0], loss: Number.POSITIVE_INFINITY, least: 0 };
  for (const bins of choices) {
    const { symbols, features: together } = columns.joint(features, bins);
    const searches = [time, batch].map((axis) => searchOrder(labelled, axis, symbols, trialDepth));
    const loss = Math.min(...searches.map(({ best: { fit } }) => fit.loss));
    const least = leastGain(searches[0].depths[0].fit.nats, symbols);
    // Where nothing tells anything, more features and deeper contexts say more of that than finer bins.
    const covers = loss === best.loss && features.length > 1 && together.length >= best.features.length;
    if (loss < best.loss || covers) best = { features: together, bins, loss, least };
    if (!symbols.binned) break;
  }
  return best;
}
