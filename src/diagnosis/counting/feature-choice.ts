/**
 * Which of several features tell something about the labels, found on a part of the sample: all of them together would
 * use up the symbols that can be counted, and leave none for the past.
 *
 * Forward selection by conditional entropy (Brown, Pocock, Zhao & Luján, JMLR 13:27, 2012): to those chosen comes the
 * feature that lowers the cross-validated loss most, with the values before it; where none does alone, the pair that
 * does. It stops when nothing more is shown to help.
 */
import type { Axis } from '../sampling/axes.ts';
import { conditionalEntropy } from './entropy.ts';
import { compareFits, type Fit, fitMarginal, type Labelled, type Thresholds } from './evidence.ts';
import { isDetermined, leastGain, searchOrder } from './order.ts';
import type { Columns } from './symbols.ts';

/** What features are judged on. */
export interface Trial {
  labelled: Labelled;
  columns: Columns;
  time: Axis;
  batch: Axis;
  future: Axis;
}

/**
 * Every round compares 12 features and 15 pairs at most, in two numbers of bins: at most 102 comparisons, and 510 in all five rounds,
 * which together have level 5e-7 (Bonferroni). t: p = 6e-7 each.
 */
const strict: Thresholds = { level: 1e-9, t: 7 };
/** Of more features, those that tell most alone are tried, and fewer of them in pairs. */
const triedAlone = 12;
const triedInPairs = 6;
const mostChosen = 4;
/** Numbers of bins for one feature, two, three and four: fine ones tell more of a value, coarse ones let contexts be deeper. */
const fineness = [[8, 3], [4, 2], [3, 2], [2]];
/** Values together, of one feature, of several, and ahead in time. */
const depths = { alone: 6, joint: 3, ahead: 2 };
/**
 * Steps to a context: few where parity of digits is plausible, which shows nothing before its last value; of bins, it
 * is enough to see that something is told.
 */
const stepsPerContext = { counted: 2, binned: 8 };

interface Choice {
  features: number[];
  fit: Fit;
  /** What a further feature has to bring. */
  least: number;
}

/**
 * The features that tell something, in the order in which they were found; none where nothing is shown to. `ranked`:
 * all of them, those first that tell most alone.
 */
export function featuresThatTell(trial: Trial, ranked: number[]): number[] {
  const marginal = fitMarginal(trial.labelled);
  let choice: Choice = { features: [], fit: marginal, least: 0 };
  while (!isDetermined(choice.fit, marginal) && choice.features.length < mostChosen) {
    const next = extended(trial, choice, ranked);
    if (next === undefined) break;
    choice = next;
  }
  return choice.features;
}

/**
 * The choice with the feature that helps most, with the pair that does where none does alone, or else with the one that
 * does in hindsight.
 */
function extended(trial: Trial, choice: Choice, ranked: number[]): Choice | undefined {
  const { time, batch, future } = trial;
  const others = ranked.filter((feature) => !choice.features.includes(feature));
  const alone = others.slice(0, triedAlone).map((feature) => [feature]);
  return (
    bestOf(trial, [time, batch], choice, alone) ??
    bestOf(trial, [time], choice, pairsOf(others.slice(0, triedInPairs))) ??
    bestOf(trial, [future], choice, alone)
  );
}

function pairsOf(features: number[]): number[][] {
  return features.flatMap((a, k) => features.slice(k + 1).map((b) => [a, b]));
}

/** The addition that lowers the loss most, among those that are shown to lower it. */
function bestOf(trial: Trial, axes: Axis[], choice: Choice, additions: number[][]): Choice | undefined {
  let best: Choice | undefined;
  for (const addition of additions) {
    for (const { fit, least } of fitsOf(trial, axes, [...choice.features, ...addition])) {
      if (fit.loss >= (best ?? choice).fit.loss || choice.fit.loss - fit.loss < least) continue;
      if (!compareFits(trial.labelled, fit, choice.fit, strict).significant) continue;
      best = { features: [...choice.features, ...addition], fit, least };
    }
  }
  return best;
}

/** The best fit of some features along each axis, in each number of bins that can be counted. */
function fitsOf({ labelled, columns, future }: Trial, axes: Axis[], features: number[]): Omit<Choice, 'features'>[] {
  const fits: Omit<Choice, 'features'>[] = [];
  const deepest = features.length === 1 ? depths.alone : depths.joint;
  for (const bins of fineness[features.length - 1] ?? []) {
    const { symbols, features: together } = columns.joint(features, bins);
    if (together.length < features.length) continue;
    const size = symbols.binned ? stepsPerContext.binned : stepsPerContext.counted;
    for (const axis of axes) {
      const search = searchOrder(labelled, axis, symbols, axis === future ? depths.ahead : deepest, size);
      fits.push({ fit: search.best.fit, least: leastGain(search.depths[0].fit.nats, symbols) });
    }
    if (!symbols.binned) break;
  }
  return fits;
}

/** Steps by which features are ranked; fewer where there are many features. */
const rankedSteps = 20_000;
const rankedValues = 2_000_000;
const rankedBins = 4;

/** How many steps of the data features are ranked by. */
export function stepsToRank(features: number): number {
  return Math.min(rankedSteps, Math.ceil(rankedValues / features));
}

/** Features in descending order of what their present and last four values tell about the label, each alone. */
export function byInformation({ steps, labels, classes }: Labelled, columns: Columns): number[] {
  const count = Math.min(steps.length, stepsToRank(columns.features.length));
  const score = (feature: number) => {
    const symbols = columns.symbols(feature, rankedBins);
    return Math.max(
      ...[0, 1, 2, 3, 4].map((lag) => {
        const contexts = new Int32Array(symbols.count);
        const pairs = new Int32Array(symbols.count * classes);
        let counted = 0;
        for (let j = 0; j < count; j++) {
          const at = steps[j] - lag;
          if (at < 0) continue;
          contexts[symbols.codes[at]]++;
          pairs[symbols.codes[at] * classes + labels[j]]++;
          counted++;
        }
        return -conditionalEntropy(contexts.filter(Boolean), pairs.filter(Boolean), counted, classes);
      }),
    );
  };
  return columns.features
    .map((feature) => ({ feature, score: score(feature) }))
    .sort((a, b) => b.score - a.score)
    .map(({ feature }) => feature);
}
