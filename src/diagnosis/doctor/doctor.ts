/**
 * The doctor: says from data alone, before any training, how far back labels reach, how well they can be known, and
 * what is wrong with the data.
 */

import { entropy } from '../counting/entropy.ts';
import type { Fit, Labelled } from '../counting/evidence.ts';
import { type Examination, examineLayout, labelledOf } from '../counting/examination.ts';
import { type FeatureFacts, featureFacts } from '../counting/feature-facts.ts';
import { attainable, depthEntropies, leastGain, type OrderSearch } from '../counting/order.ts';
import { chooseSymbols } from '../counting/symbol-choice.ts';
import { positions } from '../sampling/axes.ts';
import { mostSteps, partOf, type Sample, searchedSteps, spreadPart } from '../sampling/sample.ts';
import { counted } from '../wording.ts';
import type { DepthEntropy, DoctorReport, Finding } from './doctor-schema.ts';
import { layoutFindings } from './layout-findings.ts';
import { longerRows } from './remedies.ts';
import { featureFindings, labelFindings, splitFindings } from './sheet-findings.ts';

/** Examines a sample; a second at most. */
export function examine(whole: Sample): DoctorReport {
  const { sample } = partOf(whole, mostSteps);
  const labelled = labelledOf(sample, positions(sample));
  const splits = splitFindings(sample);
  if (labelled.labels.length === 0) return withoutEntropies(sample, [noLabels(sample), ...splits]);
  const facts = featureFacts(sample);
  const sheet = [
    ...labelFindings(countClasses(labelled), sample.classNames),
    ...featureFindings(facts, sample.features),
    ...splits,
  ];
  const entropyless = sheet.some(({ code }) => code === 'constant-label') || facts.constant.length === sample.features;
  if (entropyless) return { ...withoutEntropies(sample, sheet), entropies: labelEntropy(labelled) };
  const searched = labelled.labels.length > searchedSteps ? spreadPart(sample, searchedSteps).sample : sample;
  return examineOrder(searched, facts, sheet);
}

/** How far back labels reach, with what is wrong in the layout and on the sheet. */
function examineOrder(sample: Sample, facts: FeatureFacts, sheet: Finding[]): DoctorReport {
  const labelled = labelledOf(sample, positions(sample));
  const { symbols, features, fewestValues } = chooseSymbols(sample, facts);
  const examination = examineLayout(sample, symbols, labelled, !symbols.binned && features.length === sample.features);
  const { time, order, known } = examination;
  const layout = layoutFindings(examination);
  const isRelated = layout.length > 0 || order > 0 || time.best.depth > 0;
  const unrelated = isRelated ? undefined : unrelatedLabels(examination, Math.min(symbols.count, fewestValues));
  return {
    order,
    depthExamined: time.depths.length - 1,
    sampled: sample.sampled,
    steps: labelled.labels.length,
    ...(features.length < sample.features ? { featuresUsed: features.sort((a, b) => a - b) } : {}),
    ...(symbols.binned ? { binned: true } : {}),
    entropies: entropiesOf(time, known, order),
    findings: bySeverity([...layout, ...(unrelated ? [unrelated] : []), ...sheet]),
  };
}

function countClasses({ labels, classes }: Labelled): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]++;
  return counts;
}

function entropiesOf(time: OrderSearch, known: Fit, order: number): DepthEntropy[] {
  const entropies = depthEntropies(time);
  const deepest = entropies[entropies.length - 1];
  if (order < entropies.length) return entropies;
  const nats = Math.max(0, Math.min(deepest.nats, attainable(known)));
  return [...entropies, { depth: order + 1, nats, bestAccuracy: Math.max(deepest.bestAccuracy, known.accuracy) }];
}

/**
 * When nothing is enough. Over few symbols a rule like parity is plausible, which shows nothing until its last value is
 * there: contexts of six values must be seen well. Over many symbols that takes more data than there are: pairs of
 * values are, and labels are many.
 */
const nothing = { depth: 6, manySymbols: 6, depthOfMany: 2, labelsOfMany: 20_000 };

/**
 * Nothing tells anything about the labels. Said only where labels lie on most steps: a label at the end of a sequence
 * may sum up all of it, and contexts of a few values cannot show that. `values`: how many the feature with the fewest
 * has, or all of them as bins.
 */
function unrelatedLabels({ sample, labelled, time, symbols }: Examination, values: number): Finding | undefined {
  const depth = time.depths.length - 1;
  const labels = labelled.labels.length;
  const isSeenWell = (known: number) => (time.depths[known]?.fit.wellSeen ?? 0) >= 0.9;
  const enough =
    isSeenWell(nothing.depth) ||
    (values >= nothing.manySymbols && labels >= nothing.labelsOfMany && isSeenWell(nothing.depthOfMany));
  const dense = labels >= sample.labels.length / 2;
  if (!enough || !dense || time.depths.some(({ suspected }) => suspected)) return undefined;
  const least = leastGain(time.depths[0].fit.nats, symbols);
  return {
    code: 'labels-unrelated-to-inputs',
    severity: 'warning',
    message: `The present value and up to ${depth - 1} before it tell nothing about the labels${symbols.binned ? ', as far as counting in bins shows' : ''} (less than ${least.toFixed(4)} nats of ${time.depths[0].fit.nats.toFixed(4)}). Are labels and inputs of the same steps?`,
    evidence: { depthExamined: depth, labelEntropy: time.depths[0].fit.nats, leastGain: least },
  };
}

function noLabels({ starts, layout }: Sample): Finding {
  const longest = starts.reduce((most, start, r) => (r === 0 ? most : Math.max(most, start - starts[r - 1])), 0);
  return {
    code: 'rows-too-short',
    severity: 'error',
    message: `No label counts: all are masked. With rows of ${counted(longest, 'step')}, none may hold the values that its labels need.`,
    evidence: { rowLength: longest, labels: 0 },
    ...(layout ? { patch: longerRows(layout, longest) } : {}),
  };
}

function withoutEntropies(sample: Sample, findings: Finding[]): DoctorReport {
  const steps = sample.mask.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
  return { order: 0, depthExamined: 0, sampled: sample.sampled, steps, entropies: [], findings: bySeverity(findings) };
}

function labelEntropy(labelled: Labelled): DepthEntropy[] {
  const counts = countClasses(labelled);
  const total = labelled.labels.length;
  const shares = Array.from(counts, (count) => count / total);
  return [{ depth: 0, nats: entropy(shares), bestAccuracy: Math.max(...counts) / total }];
}

const severities = ['error', 'warning', 'info'];

function bySeverity(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
