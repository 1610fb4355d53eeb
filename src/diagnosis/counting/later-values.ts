/**
 * Later values that tell of labels of which the past tells nothing, farther ahead than contexts of all values reach: some
 * neighbouring ones, at one distance.
 */
import { futureAxis, Walk } from '../sampling/axes.ts';
import { type Grouping, oneGroup, refine } from './contexts.ts';
import { compareFits, type Fit, fitGroups, fitMarginal, type Labelled, type Thresholds } from './evidence.ts';
import type { Examination } from './examination.ts';

/** Steps ahead that are tried, neighbouring values together, and labels that they are tried on. */
const most = { steps: 32, together: 3, labels: 25_000 };
/** Labels to a context, so that it is met again. */
const labelsPerContext = 20;

export interface LaterValues {
  /** Steps from the label to the last of them. */
  ahead: number;
  /** On all labels. */
  fit: Fit;
  /** As many together as are tried: more of them, and farther ones, may tell. */
  isCut: boolean;
}

/**
 * Those that lower the cross-validated loss most: one value, or two or three neighbours where each more lowers it by
 * `least` nats. They are sought on some of the labels, and have to tell as much on all.
 */
export function laterValues(
  { sample, symbols, labelled }: Examination,
  least: number,
  thresholds?: Thresholds,
): LaterValues | undefined {
  const axis = futureAxis(sample);
  const part = spread(labelled, most.labels);
  const none = fitMarginal(part);
  const codes = codesAhead(new Walk(axis, symbols, part.steps));
  let best: { loss: number; ahead: number; together: number } | undefined;
  for (let together = 1; together <= most.together; together++) {
    const simpler: number = best?.loss ?? none.loss;
    for (let ahead = together; ahead <= most.steps; ahead++) {
      const grouping = contextsOf(part, codes, ahead, together, 2 * symbols.count + 1);
      if (grouping.count > part.labels.length / labelsPerContext) continue;
      const fit = fitGroups(part, grouping, none);
      if (fit.loss > simpler - least || fit.loss >= (best?.loss ?? none.loss)) continue;
      if (compareFits(part, fit, none, thresholds).significant) best = { loss: fit.loss, ahead, together };
    }
  }
  if (!best) return undefined;
  const { ahead, together } = best;
  const all = codesAhead(new Walk(axis, symbols, labelled.steps), ahead);
  const marginal = fitMarginal(labelled);
  const fit = fitGroups(labelled, contextsOf(labelled, all, ahead, together, 2 * symbols.count + 1), marginal);
  const { significant, gain } = compareFits(labelled, fit, marginal, thresholds);
  return significant && gain >= least ? { ahead, fit, isCut: together === most.together } : undefined;
}

/** So many labels from all over the sample, each in its block. */
function spread(labelled: Labelled, count: number): Labelled {
  const labels = labelled.labels.length;
  if (labels <= count) return labelled;
  const places = Int32Array.from({ length: count }, (_, k) => Math.floor((k * labels) / count));
  return {
    steps: places.map((place) => labelled.steps[place]),
    labels: places.map((place) => labelled.labels[place]),
    blocks: Uint8Array.from(places, (place) => labelled.blocks[place]),
    classes: labelled.classes,
  };
}

/** The symbols 1, 2, 3 … steps ahead of each label. */
function codesAhead(walk: Walk, steps = most.steps): Int32Array[] {
  return Array.from({ length: steps }, () => {
    walk.advance();
    return walk.codes.slice();
  });
}

/** By so many neighbouring values, the last of them `ahead` steps from the label. */
function contextsOf(
  { labels }: Labelled,
  codes: readonly Int32Array[],
  ahead: number,
  together: number,
  codeCount: number,
): Grouping {
  const values = codes.slice(ahead - together, ahead);
  return values.reduce((grouping, of) => refine(grouping, of, codeCount), oneGroup(labels.length));
}
