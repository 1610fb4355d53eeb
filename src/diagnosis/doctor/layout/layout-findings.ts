/**
 * What is wrong with the way the data lie: time along the wrong axis, rows cut from their past, labels ahead of their inputs.
 */

import { refine } from '../../counting/contexts.ts';
import { compareFits, type Fit, fitGroups } from '../../counting/evidence.ts';
import type { Examination } from '../../counting/examination.ts';
import { laterValues } from '../../counting/later-values.ts';
import { attainable, knownContext, leastGain, type OrderSearch, searchOrder } from '../../counting/order.ts';
import { batchAxis, futureAxis, timeAxis, Walk } from '../../sampling/axes.ts';
import { coherenceAlong, rowsGoOn } from '../../sampling/coherence.ts';
import type { Sample } from '../../sampling/sample.ts';
import { counted, nats } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';
import { isForecast } from '../future/forecast.ts';
import { moveLater } from '../future/hindsight-finding.ts';
import { ownHistoryRows } from './remedies.ts';
import { labelsBelongToRows, rowFindings, searchJoinedRows } from './row-findings.ts';

/**
 * Axes, rows and future, in this order: when the axes are swapped, what the rows and the future seem to hold means nothing.
 * A label that was uploaded for a whole sequence says that the row is that sequence: nothing comes after it, and what the
 * rows beside it tell is the order in which they were uploaded, often class by class.
 */
export function layoutFindings(examination: Examination): Finding[] {
  if (examination.sample.labelsAt === 'end') return [];
  const joined = searchJoinedRows(examination);
  const swapped = swappedAxes(examination, joined);
  if (swapped) return [swapped];
  if (labelsBelongToRows(examination)) return [];
  const future = futureLabels(examination);
  return [...rowFindings(examination, joined), ...(future ? [future] : [])];
}

/**
 * Below this share of what the batch axis tells, what the past tells does not count: it may come from a few steps that
 * lie well by chance.
 */
const pastShare = 0.25;

/** Labels depend on the neighbours across the batch, and not on the steps before. */
function swappedAxes(examination: Examination, rows: OrderSearch | undefined): Finding | undefined {
  const { sample, symbols, labelled, time, known } = examination;
  if (sample.rowsPerBatch < 2 || sample.starts.length <= 2) return undefined;
  const batch = searchOrder(labelled, batchAxis(sample), symbols);
  if (batch.best.depth < 2) return undefined;
  const [none, present] = time.depths;
  const least = leastGain(none.fit.nats, symbols);
  const base = Math.min(none.fit.nats, present.fit.nats);
  const fromBatch = base - attainable(batch.best.fit);
  const fromPast = base - attainable(known);
  const both = refine(known.grouping, batch.best.fit.grouping.ids, batch.best.fit.grouping.count);
  const { significant, gain } = compareFits(labelled, fitGroups(labelled, both, known), known);
  if (!significant || gain < 5 * least || fromPast > pastShare * fromBatch) return undefined;
  if (rows && !isSimpler(batch, rows, least)) return undefined;
  // Rows that were cut too short lie beside their own past.
  if (rowsGoOn(sample) || timeIsSmoother(sample)) return undefined;
  const order = batch.best.depth - 1;
  const { layout } = sample;
  const remedy = layout
    ? 'The patch lays the stream out row by row.'
    : 'Upload the data transposed: one sequence for what is now one position in all sequences.';
  const patch = layout && ownHistoryRows(layout, order);
  return {
    code: 'axes-swapped',
    severity: 'error',
    message: `Time runs along the batch axis: labels depend on ${counted(order, 'value')} beside them in the batch (${nats(fromBatch)} nats), and past steps tell ${nats(fromPast)} nats. A model cannot look across the batch, so it cannot learn this. ${remedy}`,
    evidence: {
      order,
      natsFromBatchNeighbours: fromBatch,
      natsFromPast: Math.max(0, fromPast),
      natsReachable: attainable(batch.best.fit),
      ...(layout ? {} : { remedy: 'transpose-upload' }),
    },
    ...(patch ? { patch } : {}),
  };
}

/** By how much the likeness of neighbouring steps (squared correlation) is above that of steps side by side in the batch. */
const smoother = 0.1;

/** Inputs change less from step to step than from row to row, so that time runs along the rows: labels stay the same for long, perhaps. */
function timeIsSmoother(sample: Sample): boolean {
  return coherenceAlong(sample, timeAxis(sample)) > coherenceAlong(sample, batchAxis(sample)) + smoother;
}

/** The batch axis explains more than the rows end to end, or as much with fewer values. */
function isSimpler(batch: OrderSearch, rows: OrderSearch, least: number): boolean {
  const difference = attainable(rows.best.fit) - attainable(batch.best.fit);
  return difference > least || (difference > -least && batch.best.depth < rows.best.depth);
}

/** Most values ahead that are looked at together. */
const furthestAhead = 4;
/** What the future has to tell, as a share of H(y): bins hide part of the present, which a smooth series' next value gives away. */
const futureShare = { counted: 0.05, binned: 0.25 };

/** Share of H(y) below which labels are explained: what is left of a rule without noise. */
const explained = 0.005;

/** Labels that the values ahead explain and the past does not. Forecasts are no mistake where the past does tell something. */
function futureLabels(examination: Examination): Finding | undefined {
  const { sample, symbols, labelled, time, known } = examination;
  const labelEntropy = time.depths[0].fit.nats;
  const least = labelEntropy * (symbols.binned ? futureShare.binned : futureShare.counted);
  if (attainable(known) < least) return undefined;
  const base = knownContext(time).grouping.count > known.grouping.count ? knownContext(time) : known;
  const fromPast = time.depths[1].fit.loss - Math.min(base.loss, ...time.depths.slice(1).map(({ fit }) => fit.loss));
  const walk = new Walk(futureAxis(sample), symbols, labelled.steps);
  let grouping = base.grouping;
  let best: { ahead: number; gain: number; fit: Fit } | undefined;
  for (let ahead = 1; ahead <= furthestAhead; ahead++) {
    walk.advance();
    grouping = refine(grouping, walk.codes, walk.codeCount);
    const fit = fitGroups(labelled, grouping, base);
    const { significant, gain } = compareFits(labelled, fit, base);
    if (!significant || gain - (best?.gain ?? 0) < least) continue;
    // Noisy signs of a hidden state tell about as much before a step as after it; nothing is shifted then.
    if (gain < 2 * fromPast && attainable(fit) > explained * labelEntropy) continue;
    best = { ahead, gain, fit };
    if (attainable(fit) <= explained * labelEntropy) break;
  }
  if (best && time.best.depth > 0 && isForecast(sample)) return undefined;
  const farther = !best && time.best.depth === 0 ? laterValues(examination, least) : undefined;
  const found = best ?? farther;
  if (!found) return undefined;
  const { ahead, fit } = found;
  const shift = farther?.isCut ? undefined : ahead;
  const remedy =
    shift === undefined ? '' : ` ${moveLater(shift)}${symbols.binned ? ' Bins may hide a larger shift.' : ''}`;
  return {
    code: 'label-depends-on-future',
    severity: 'warning',
    message: `Labels depend on ${ahead === 1 ? 'the value one step ahead' : `values up to ${ahead} steps ahead`}: counting explains them down to ${nats(attainable(base))} nats with the past alone, and down to ${nats(attainable(fit))} with what comes after. The model reads from the past to the present; are labels shifted against their inputs, or the sequences reversed?${remedy}`,
    evidence: {
      stepsAhead: ahead,
      natsWithPast: attainable(base),
      natsWithFuture: attainable(fit),
      ...(shift === undefined ? {} : { shift }),
    },
  };
}
