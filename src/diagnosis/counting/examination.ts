/**
 * What is known of a sample before its layout is judged: its symbols, its labelled steps, and how far back the labels
 * reach as the model sees them.
 */
import { type Axis, type Positions, positions, type Symbols, timeAxis } from '../sampling/axes.ts';
import type { Sample } from '../sampling/sample.ts';
import { type Fit, type Labelled, labelledSteps } from './evidence.ts';
import { attainable, knownContext, leastGain, type OrderSearch, searchLag, searchOrder, withLag } from './order.ts';

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
  /** The symbols are the values as they are: none was put into bins, no feature left out. */
  isExact: boolean;
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

/** What the layout of a sample is judged by. */
export function examineLayout(sample: Sample, symbols: Symbols, labelled: Labelled, isExact: boolean): Examination {
  const axis = timeAxis(sample);
  const time = searchOrder(labelled, axis, symbols);
  return {
    sample,
    positions: positions(sample),
    symbols,
    labelled,
    time,
    isExact,
    ...furtherBack(labelled, axis, symbols, time),
  };
}

/** The known contexts and the order, with single values from further back than the joint contexts of `time` reach. */
function furtherBack(labelled: Labelled, axis: Axis, symbols: Symbols, time: OrderSearch) {
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
  return { known, order };
}
