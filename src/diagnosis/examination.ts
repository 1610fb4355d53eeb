/**
 * What is known of a sample before its layout is judged: its symbols, its labelled steps, and how far back the labels reach as the model sees them.
 */
import { batchAxis, type Positions, positions, type Symbols, timeAxis } from './axes.ts';
import { type Fit, type Labelled, labelledSteps } from './evidence.ts';
import { attainable, knownContext, leastGain, type OrderSearch, searchLag, searchOrder, withLag } from './order.ts';
import { firstRows, type Sample } from './sample.ts';
import { binCounts, type FeatureFacts, symbolsOf } from './symbols.ts';

export interface Examination {
  sample: Sample;
  positions: Positions;
  symbols: Symbols;
  labelled: Labelled;
  /** How far back labels reach as the model sees the data. */
  time: OrderSearch;
  /** The contexts of the present value and all past ones that help, those beyond the reach of joint contexts too. */
  known: Fit;
  /** The past values that labels need, as far as time shows. */
  order: number;
}

/** The steps whose labels count. */
export function labelledOf(sample: Sample, { rowOf }: Positions): Labelled {
  const steps = new Int32Array(sample.labels.length);
  let count = 0;
  for (let i = 0; i < steps.length; i++) if (sample.mask[i] > 0) steps[count++] = i;
  return labelledSteps(steps.subarray(0, count), sample.labels, rowOf, sample.classes);
}

/** How many single values beyond the joint contexts are looked for, one after the other. */
const furtherValues = 2;

export function examinePast(sample: Sample, places: Positions, symbols: Symbols, labelled: Labelled): Examination {
  const axis = timeAxis(sample);
  const time = searchOrder(labelled, axis, symbols);
  const marginal = time.depths[0].fit;
  let known = knownContext(time);
  let order = Math.max(0, time.best.depth - 1);
  for (let more = 0; more < furtherValues && attainable(known) > 0.05 * marginal.nats; more++) {
    const from = Math.max(time.depths.length - 1, order + 1);
    const lag = searchLag(labelled, axis, symbols, known, leastGain(marginal.nats, symbols), from);
    if (lag === undefined) break;
    known = withLag(labelled, axis, symbols, known, lag);
    order = lag;
  }
  return { sample, positions: places, symbols, labelled, time, known, order };
}

/** Steps, and values together, by which the fineness of bins is chosen. */
const trialSteps = 20_000;
const trialDepth = 4;

/**
 * The inputs as symbols. Continuous ones are binned as finely as predicts best: fine bins tell more of a value, coarse ones leave more labels to a context.
 * Judged on the first 20,000 steps, along the rows and along the batch.
 */
export function chooseSymbols(sample: Sample, facts: FeatureFacts): Symbols {
  const [finest, ...coarser] = binCounts(sample.labels.length);
  let best = symbolsOf(sample, facts, finest);
  if (!best.binned) return best;
  const trial = firstRows(sample, trialSteps);
  const labelled = labelledOf(trial, positions(trial));
  const axes = [timeAxis(trial), batchAxis(trial)];
  const score = (symbols: Symbols) =>
    Math.min(...axes.map((axis) => searchOrder(labelled, axis, symbols, trialDepth).best.fit.loss));
  let lowest = score(best);
  for (const bins of coarser) {
    const symbols = symbolsOf(sample, facts, bins);
    const loss = score(symbols);
    if (loss < lowest) [best, lowest] = [symbols, loss];
  }
  return best;
}
