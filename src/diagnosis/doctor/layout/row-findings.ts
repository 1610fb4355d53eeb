/**
 * Rows that do not hold what their labels need: shorter than that, or cut from the values before them.
 */

import { type Grouping, oneGroup, refine } from '../../counting/contexts.ts';
import { conditionalEntropy } from '../../counting/entropy.ts';
import {
  compareFits,
  type Fit,
  fitGroups,
  fitMarginal,
  type Labelled,
  labelledSteps,
} from '../../counting/evidence.ts';
import type { Examination } from '../../counting/examination.ts';
import { attainable, leastGain, maximumDepth, type OrderSearch, searchOrder } from '../../counting/order.ts';
import { type Axis, rowAxis, type Symbols, timeAxis, Walk } from '../../sampling/axes.ts';
import type { Sample } from '../../sampling/sample.ts';
import { counted, nats } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';
import { longerRows, ownHistoryRows } from './remedies.ts';

/** The order along the rows as they lie in memory, where rows are so short that time alone may not show it. */
export function searchJoinedRows({ sample, symbols, labelled }: Examination): OrderSearch | undefined {
  if (sample.starts.length <= 2 || longestRow(sample) > maximumDepth) return undefined;
  return searchOrder(labelled, rowAxis(sample), symbols);
}

export function rowFindings(examination: Examination, joined: OrderSearch | undefined): Finding[] {
  const order = joinedOrder(examination, joined);
  const findings = [shortRows(examination, order), labelsOutsideRows(examination, order)];
  return findings.filter((finding) => finding !== undefined);
}

/** Every row has one label throughout: it belongs to the sequence as a whole, of which later steps have seen more. */
export function labelsBelongToRows({ positions, labelled }: Examination): boolean {
  const { steps, labels } = labelled;
  let neighbours = 0;
  for (let j = 1; j < steps.length; j++) {
    if (positions.rowOf[steps[j]] !== positions.rowOf[steps[j - 1]]) continue;
    if (labels[j] !== labels[j - 1]) return false;
    neighbours++;
  }
  return neighbours > 0;
}

/** How many past values labels need once rows are joined end to end, if that shows more than time does. */
function joinedOrder(examination: Examination, joined: OrderSearch | undefined): number {
  const { labelled, known, order } = examination;
  if (!joined || joined.best.depth - 1 <= order) return order;
  const further = joined.best.depth - 1;
  return explainedByRowBefore(examination, labelled, known, further) === undefined ? order : further;
}

/** What lies outside a row has to tell so many times the least gain before it is held against the layout. */
const strong = 5;

function shortRows(examination: Examination, order: number): Finding | undefined {
  const { sample } = examination;
  const longest = longestRow(sample);
  if (order < longest) return undefined;
  const carried = sample.stateCarried && examination.order === order;
  const short = `Labels depend on ${counted(order, 'past value')}, but rows have ${counted(longest, 'step')}`;
  return {
    code: 'rows-too-short',
    severity: carried ? 'warning' : 'error',
    message: carried
      ? `${short}: the state is carried over, yet back-propagation stops where the row starts and cannot teach the model to keep the value.`
      : `${short}: no row holds all that its labels need.`,
    evidence: { order, rowLength: longest, stateCarried: sample.stateCarried },
    ...(sample.layout ? { patch: longerRows(sample.layout, order) } : {}),
  };
}

/** So many labels at the start of rows are needed to judge them. */
const leastEarly = 100;

/**
 * Labels at the start of rows, where fewer than `order` past values lie in the row. Either the end of the row before
 * explains them (proof that rows were cut), or they look exactly like the later labels do when their past is hidden (so
 * something was cut off, wherever it is).
 */
function labelsOutsideRows(examination: Examination, order: number): Finding | undefined {
  const { sample, positions, labelled, known } = examination;
  if (order < 1 || order >= maximumDepth || sample.starts.length <= 2) return undefined;
  const chosen = Int32Array.from(labelled.steps.keys()).filter((j) => positions.placeOf[labelled.steps[j]] < order);
  if (chosen.length < leastEarly) return undefined;
  const steps = chosen.map((j) => labelled.steps[j]);
  const early = labelledSteps(steps, sample.labels, positions.rowOf, labelled.classes);
  const seen = { ids: chosen.map((j) => known.grouping.ids[j]), count: known.grouping.count };
  const within = fitGroups(early, seen, fitMarginal(early));
  const joined = explainedByRowBefore(examination, early, ownRowFit(examination, early, order), order);
  const hidden = asIfHidden(examination, within, order);
  if (!joined && !hidden.alike) return undefined;
  const share = chosen.length / labelled.labels.length;
  const floor = share * (hidden.excess ?? joined ?? 0);
  return outsideFinding(sample, { order, share, floor, joined: joined !== undefined, isProven: examination.isExact });
}

/**
 * By how many nats the `order` values before a step, the rows joined end to end, explain labels beyond `within`, if
 * they do. The control joins rows that lie further apart than that: where it tells half as much, rows are merely
 * sorted.
 */
function explainedByRowBefore(
  { sample, symbols, time }: Examination,
  labelled: Labelled,
  within: Fit,
  order: number,
): number | undefined {
  const joined = (rowsBack: number) =>
    fitGroups(labelled, contextsAlong(rowAxis(sample, rowsBack), symbols, labelled, order, within.grouping), within);
  const real = joined(1);
  const { significant, gain } = compareFits(labelled, real, within);
  if (!significant || gain < strong * leastGain(time.depths[0].fit.nats, symbols)) return undefined;
  const control = joined(1 + Math.ceil(order / longestRow(sample)));
  if (gain < 2 * compareFits(labelled, control, within).gain) return undefined;
  return attainable(within) - attainable(real);
}

/** `start`, refined by the present value and the `order` ones before it along an axis. */
function contextsAlong(axis: Axis, symbols: Symbols, labelled: Labelled, order: number, start: Grouping): Grouping {
  const walk = new Walk(axis, symbols, labelled.steps);
  let grouping = refine(start, walk.codes, walk.codeCount);
  for (let k = 1; k <= order; k++) {
    walk.advance();
    grouping = refine(grouping, walk.codes, walk.codeCount);
  }
  return grouping;
}

/** What the values of its own row tell about each early label. Values carried over from another row would only thin the counts. */
function ownRowFit({ sample, symbols }: Examination, early: Labelled, order: number): Fit {
  const axis = timeAxis({ ...sample, stateCarried: false });
  return fitGroups(
    early,
    contextsAlong(axis, symbols, early, order, oneGroup(early.labels.length)),
    fitMarginal(early),
  );
}

interface HiddenPast {
  /** The early labels are as unpredictable, and distributed in the same way, as later ones whose past is hidden. */
  alike: boolean;
  /** Nats that an early label has above a later one; undefined where too few later labels tell. */
  excess?: number;
}

/** How far, as a share of the excess, the early labels may be from what later ones would be with a hidden past. */
const tolerance = 0.15;
/** Share of H(y) that may be left of the later labels: only of a rule without noise can it be said that a value is missing. */
const determined = 0.005;

function asIfHidden(examination: Examination, within: Fit, order: number): HiddenPast {
  const { sample, positions, labelled, symbols, time } = examination;
  const walk = new Walk(timeAxis({ ...sample, stateCarried: false }), symbols, labelled.steps);
  const places = labelled.steps.map((step) => positions.placeOf[step]);
  let grouping = oneGroup(labelled.labels.length);
  let loss = 0;
  let entropy = 0;
  let early = 0;
  for (let depth = 1; depth <= order; depth++) {
    if (depth > 1) walk.advance();
    grouping = refine(grouping, walk.codes, walk.codeCount);
    const late = countLate(labelled, grouping, places, order);
    if (late.labels < leastEarly) return { alike: false };
    const here = lossAtPlace(labelled, places, depth - 1, late);
    loss += here.loss;
    early += here.labels;
    entropy += here.labels * late.entropy;
  }
  walk.advance();
  const full = countLate(labelled, refine(grouping, walk.codes, walk.codeCount), places, order);
  const excess = entropy / early - full.entropy;
  const alike =
    full.entropy <= determined * time.depths[0].fit.nats &&
    excess >= 2 * strong * leastGain(time.depths[0].fit.nats, symbols) &&
    Math.abs(loss - entropy) / early <= tolerance * excess &&
    Math.abs(attainable(within) - entropy / early) <= tolerance * excess;
  return { alike, excess };
}

interface LateCounts {
  labels: number;
  entropy: number;
  contexts: Grouping;
  pairs: Grouping;
  ofContext: Int32Array;
  ofPair: Int32Array;
}

/** Labels of each context, over the steps that have their whole past in the row. */
function countLate({ labels, classes }: Labelled, contexts: Grouping, places: Int32Array, order: number): LateCounts {
  const pairs = refine(contexts, labels, classes);
  const ofContext = new Int32Array(contexts.count);
  const ofPair = new Int32Array(pairs.count);
  let total = 0;
  for (let j = 0; j < places.length; j++) {
    if (places[j] < order) continue;
    ofContext[contexts.ids[j]]++;
    ofPair[pairs.ids[j]]++;
    total++;
  }
  const entropy = Math.max(0, conditionalEntropy(ofContext.filter(Boolean), ofPair.filter(Boolean), total, classes));
  return { labels: total, entropy, contexts, pairs, ofContext, ofPair };
}

/** Σ -ln p over the labels at one place, with p from the later labels in the same context. */
function lossAtPlace({ labels, classes }: Labelled, places: Int32Array, place: number, late: LateCounts) {
  let loss = 0;
  let count = 0;
  for (let j = 0; j < labels.length; j++) {
    if (places[j] !== place) continue;
    const seen = late.ofContext[late.contexts.ids[j]];
    loss -= Math.log((late.ofPair[late.pairs.ids[j]] + 1 / classes) / (seen + 1));
    count++;
  }
  return { loss, labels: count };
}

interface Outside {
  order: number;
  share: number;
  floor: number;
  joined: boolean;
  isProven: boolean;
}

function outsideFinding(
  { layout, starts, labels }: Sample,
  { order, share, floor, joined, isProven }: Outside,
): Finding {
  const perRow = Math.max(1, Math.round((labels.length / (starts.length - 1)) * share));
  const which = perRow === 1 ? "each row's first label depends" : `each row's first ${perRow} labels depend`;
  const where = joined ? 'the end of the row before' : 'values that no row holds';
  const remedy = layout
    ? 'The patch gives every row its own history and masks what cannot be known.'
    : 'Mask these labels, or let the rows overlap.';
  const consequence = isProven
    ? `The loss cannot fall below ${nats(floor)}.`
    : `What is missing tells ${nats(floor)} nats, by counting.`;
  return {
    code: 'label-outside-row',
    severity: 'warning',
    message: `1 step in ${Math.round(1 / share)} has a label that depends on a value outside its row: ${which} on ${where}. ${consequence} ${remedy}`,
    evidence: {
      floor,
      floorIsProven: isProven,
      shareOfLabels: share,
      labelsPerRow: perRow,
      order,
      foundInRowBefore: joined,
    },
    ...(layout?.rows === 'flat' ? { patch: ownHistoryRows(layout, order) } : {}),
  };
}

function longestRow({ starts }: Sample): number {
  let longest = 0;
  for (let r = 0; r + 1 < starts.length; r++) longest = Math.max(longest, starts[r + 1] - starts[r]);
  return longest;
}
