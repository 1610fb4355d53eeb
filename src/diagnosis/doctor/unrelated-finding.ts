/**
 * Labels of which nothing in the inputs tells: they may belong to other steps, or to other sequences.
 */
import type { Examination } from '../counting/examination.ts';
import { laterValues } from '../counting/later-values.ts';
import { leastGain } from '../counting/order.ts';
import type { ProbedDepth } from '../probing/mixture.ts';
import type { ProbedPast } from '../probing/past.ts';
import { coherenceOf, withinRows } from '../sampling/coherence.ts';
import type { Sample } from '../sampling/sample.ts';
import type { Finding } from './doctor-schema.ts';

/**
 * When nothing is enough. Over few symbols a rule like parity is plausible, which shows nothing until its last value is
 * there: contexts of six values must be seen well. Over many symbols that takes more data than there are: pairs of
 * values are, and labels are many.
 */
const counting = { depth: 6, manySymbols: 6, depthOfMany: 2, labelsOfMany: 20_000 };

/**
 * What a probe has to be tried on before it counts that it finds nothing: of whole sequences so many labels, or fewer
 * where the error of its gain leaves room for at most this share of H(y); of labels on each step so many, over
 * numbers whose neighbours are alike (squared correlation). Over such, rules that only show in all their values at once
 * are rare.
 */
const probing = { sequences: 150, fewSequences: 60, steps: 1_000, room: 0.1, alike: 0.25 };

/**
 * Nothing tells anything about the labels. By counting it is said only where labels lie on most steps: a label at the
 * end of a sequence may sum up all of it, and contexts of a few values cannot show that. Nor is it said where later values
 * tell something, by counting or by a glimpse of them: labels may be early then, though it does not show by how much.
 * @param values how many the feature with the fewest has, or all of them as bins.
 * @param glimpse what a probe knows that sees ahead.
 */
export function unrelatedLabels(
  examination: Examination,
  values: number,
  past: ProbedPast | undefined,
  glimpse: ProbedDepth | undefined,
): Finding | undefined {
  const { sample, labelled, time, symbols } = examination;
  const depth = time.depths.length - 1;
  const labels = labelled.labels.length;
  if (time.depths.some(({ suspected }) => suspected)) return undefined;
  const labelEntropy = time.depths[0].fit.nats;
  const isSeenWell = (known: number) => (time.depths[known]?.fit.wellSeen ?? 0) >= 0.9;
  const enough =
    isSeenWell(counting.depth) ||
    (values >= counting.manySymbols && labels >= counting.labelsOfMany && isSeenWell(counting.depthOfMany));
  const dense = labels >= sample.labels.length / 2;
  if (enough && dense) {
    if (laterValuesTell(examination) || (glimpse && tells(glimpse))) return undefined;
    const least = leastGain(labelEntropy, symbols);
    return {
      code: 'labels-unrelated-to-inputs',
      severity: 'warning',
      message: `The present value and up to ${depth - 1} before it tell nothing about the labels${symbols.binned ? ', as far as counting in bins shows' : ''} (less than ${least.toFixed(4)} nats of ${labelEntropy.toFixed(4)}). Are labels and inputs of the same steps?`,
      evidence: { depthExamined: depth, labelEntropy, leastGain: least },
    };
  }
  if (!past || sample.layout) return undefined;
  const isTried = dense
    ? labels >= probing.steps &&
      isSmooth(sample) &&
      leavesNoRoom([...past.known.staircase, ...(glimpse ? [glimpse] : [])], labelEntropy) &&
      !laterValuesTell(examination)
    : labels >= probing.sequences ||
      (labels >= probing.fewSequences && leavesNoRoom(past.known.staircase, labelEntropy));
  return isTried ? nothingProbed(past, labels, dense) : undefined;
}

/** At no depth can probes be much better than the frequencies of the classes, but by an error of twice the standard one. */
function leavesNoRoom(staircase: readonly ProbedDepth[], labelEntropy: number): boolean {
  return staircase.every(
    ({ gain: { nats, standardError = Number.POSITIVE_INFINITY } }) =>
      nats + 2 * standardError < probing.room * labelEntropy,
  );
}

/** Beyond three of its standard errors. */
function tells({ gain: { nats, standardError = Number.POSITIVE_INFINITY } }: ProbedDepth): boolean {
  return nats > 3 * standardError;
}

/** Lenient tests, as nothing is raised by them. */
const lenient = { level: 0.01, t: 4 };

function laterValuesTell(examination: Examination): boolean {
  return laterValues(examination, 0, lenient) !== undefined;
}

function isSmooth(sample: Sample): boolean {
  return sample.inputKind === 'numbers' && coherenceOf(sample)(1, withinRows(sample)) >= probing.alike;
}

/** A probe does not know the labels any better than their frequencies do. */
function nothingProbed({ known: { staircase } }: ProbedPast, labels: number, dense: boolean): Finding {
  const depthExamined = Math.max(...staircase.map(({ depth }) => depth));
  const question = dense
    ? 'Are labels and inputs of the same steps?'
    : 'Do the labels belong to these sequences, in this order?';
  return {
    code: 'labels-unrelated-to-inputs',
    severity: 'warning',
    message: `Neither counting nor a small model that sees up to ${depthExamined} values finds anything in the inputs that tells of the ${labels} labels. ${question}`,
    evidence: { depthExamined, natsByProbe: Math.min(...staircase.map(({ nats }) => nats)), labels },
  };
}
