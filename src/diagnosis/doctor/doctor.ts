/**
 * The doctor: says from data alone, before any training, how far back labels reach, how well they can be known, and
 * what is wrong with the data.
 */

import { limits } from '../../platform/limits.ts';
import { entropy } from '../counting/entropy.ts';
import { type Labelled, leastProvable } from '../counting/evidence.ts';
import { type Examination, examineLayout, labelledOf } from '../counting/examination.ts';
import { type FeatureFacts, featureFacts } from '../counting/feature-facts.ts';
import { isDetermined } from '../counting/order.ts';
import { chooseSymbols } from '../counting/symbol-choice.ts';
import { type ProbedPast, probePast } from '../probing/past.ts';
import { probedFeatures } from '../probing/probed-data.ts';
import { positions } from '../sampling/axes.ts';
import { longestRowOf, mostSteps, partOf, type Sample, searchedSteps, spreadPart } from '../sampling/sample.ts';
import { counted } from '../wording.ts';
import { countedEntropies } from './counted-entropies.ts';
import type { DepthEntropy, DoctorReport, ExaminationDepth, Finding } from './doctor-schema.ts';
import { lowestProven, orderOf, probesTell } from './entropies.ts';
import { type Hindsight, hindsight, withProbedShift } from './future/hindsight-finding.ts';
import { arrangementFinding } from './layout/arrangement-findings.ts';
import { layoutFindings } from './layout/layout-findings.ts';
import { longerRows } from './layout/remedies.ts';
import { labelNameFindings } from './sheet/label-name-findings.ts';
import { leakFinding } from './sheet/leak-finding.ts';
import { featureFindings, labelFindings } from './sheet/sheet-findings.ts';
import { valueFindings } from './sheet/value-findings.ts';
import { driftFindings } from './splits/drift-findings.ts';
import { judgedEntropies } from './splits/judged-entropies.ts';
import { overlapFinding } from './splits/overlap-finding.ts';
import { splitFindings } from './splits/split-findings.ts';
import { unrelatedLabels } from './unrelated-finding.ts';

/** Examines a sample: under a second by counting, some seconds where probes are trained. */
export function examine(whole: Sample, { depth = 'full' }: { depth?: ExaminationDepth } = {}): DoctorReport {
  return { depth, ...examineData(whole, depth) };
}

function examineData(whole: Sample, depth: ExaminationDepth): DoctorReport {
  const { sample } = partOf(whole, mostSteps);
  const labelled = labelledOf(sample, positions(sample));
  const splits = splitFindings(sample);
  if (labelled.labels.length === 0) return withoutEntropies(sample, [noLabels(sample), ...splits]);
  const facts = featureFacts(sample);
  const sheet = [
    ...labelFindings(countClasses(labelled), sample.classNames),
    ...labelNameFindings(countClasses(labelled), sample.classNames),
    ...featureFindings(facts, sample.features),
    ...splits,
    ...listed(leakFinding(sample)),
    ...valueFindings(sample),
    ...listed(overlapFinding(sample)),
  ];
  const entropyless = sheet.some(({ code }) => code === 'constant-label') || facts.constant.length === sample.features;
  if (entropyless) return { ...withoutEntropies(sample, sheet), entropies: labelEntropy(labelled) };
  const searched = labelled.labels.length > searchedSteps ? spreadPart(sample, searchedSteps).sample : sample;
  return examineOrder(searched, sample, facts, sheet, depth);
}

/**
 * How far back labels reach, counted on `sample` and probed on `all`, of which it is a part, with what is wrong in the
 * layout and on the sheet.
 */
function examineOrder(
  sample: Sample,
  all: Sample,
  facts: FeatureFacts,
  sheet: Finding[],
  depth: ExaminationDepth,
): DoctorReport {
  const labelled = labelledOf(sample, positions(sample));
  const { symbols, features, fewestValues } = chooseSymbols(sample, facts);
  const probed = probedFeatures(all, features);
  const whole = probed ? { ...all, probedFeatures: probed } : all;
  const isCounted = !symbols.binned && features.length === sample.features;
  const examination = examineLayout(sample, symbols, labelled, isCounted && isDiscrete(sample, facts));
  const { time } = examination;
  const counted = countedEntropies(examination);
  const isProbed = depth === 'full' && !isSettled(examination, isCounted);
  const past = isProbed ? probePast(whole, counted[counted.length - 1].entropy.nats, isCounted) : undefined;
  const entropies = lowestProven(counted, past?.known, sample === all ? labelled : undefined);
  const order = orderOf(entropies, examination.order, past?.known);
  const layout = layoutFindings(examination).map((finding) =>
    past && symbols.binned && finding.code === 'label-depends-on-future' ? withProbedShift(finding, past) : finding,
  );
  const ahead = layout.length === 0 ? furtherFinding(whole, examination, past) : {};
  layout.push(...listed(ahead.finding));
  const isRelated =
    layout.length > 0 || order > 0 || time.best.depth > 0 || (past !== undefined && probesTell(past.known));
  const unrelated = isRelated
    ? undefined
    : unrelatedLabels(examination, Math.min(symbols.count, fewestValues), past, ahead.glimpse);
  const short = shortPieces(whole, order);
  const judged = judgedEntropies(examination);
  const drift = driftFindings(all, examination, past);
  const findings = bySeverity([...layout, ...short, ...listed(unrelated), ...drift, ...sheet]);
  return {
    order,
    depthExamined: Math.max(time.depths.length - 1, past?.known.staircase.at(-1)?.depth ?? 0, order + 1),
    sampled: sample.sampled,
    steps: labelled.labels.length,
    ...(features.length < sample.features ? { featuresUsed: features.sort((a, b) => a - b) } : {}),
    ...(past && probed ? { featuresProbed: probed } : {}),
    ...(symbols.binned ? { binned: true } : {}),
    entropies,
    ...(judged ? { judgedEntropies: judged } : {}),
    ...(order === 0 ? fewLabels(labelled.labels.length, entropies) : {}),
    ...floorOf(entropies, findings),
    findings,
  };
}

/** What is wrong with the layout where the past tells something all the same; by probes as well, where these were trained. */
function furtherFinding(whole: Sample, examination: Examination, past?: ProbedPast): Hindsight {
  const finding = arrangementFinding(whole, examination, past);
  return finding || !past ? { finding } : hindsight(whole, past, examination.time.depths[0].fit.nats);
}

function listed(finding: Finding | undefined): Finding[] {
  return finding ? [finding] : [];
}

/** Share of H(y) that has to be provable, or labels are called few. */
const provableShare = 0.05;

/** Nothing where enough can be proven, or nothing is left to prove. */
function fewLabels(labels: number, entropies: readonly DepthEntropy[]): Pick<DoctorReport, 'leastProvable'> {
  const needed = leastProvable(labels);
  const least = provableShare * entropies[0].nats;
  return needed > least && entropies[entropies.length - 1].nats > least ? { leastProvable: needed } : {};
}

/** Labels that need more past values than the pieces have steps that training cuts sequences into. */
function shortPieces(sample: Sample, order: number): Finding[] {
  const { sequenceLength } = sample;
  const longest = longestRowOf(sample);
  if (sequenceLength === undefined || order < sequenceLength || longest <= sequenceLength) return [];
  const value = Math.min(limits.sequenceLength, Math.max(longest, order + 1));
  return [
    {
      code: 'rows-too-short',
      severity: 'warning',
      message: `Labels depend on ${counted(order, 'past value')}, but sequences are cut into pieces of ${counted(sequenceLength, 'step')} (\`sequenceLength\`): the state is carried over, yet back-propagation stops where a piece starts and cannot teach the model to keep the value.`,
      evidence: { order, rowLength: sequenceLength, stateCarried: true },
      patch: [{ op: 'replace', path: '/data/sequenceLength', value }],
    },
  ];
}

/** The values are symbols by what the data are, not because a sensor happens to have few levels. */
function isDiscrete(sample: Sample, { oneHot }: FeatureFacts): boolean {
  return sample.inputKind === 'symbols' || oneHot || sample.layout !== undefined;
}

/** Two values more than labels need tell nothing, and contexts of so many are seen well: or nothing is left to explain. */
function isSettled({ time, known }: Examination, isCounted: boolean): boolean {
  if (isDetermined(known, time.depths[0].fit)) return isCounted;
  const deeper = time.depths[time.best.depth + 2];
  return isCounted && time.best.depth > 0 && (deeper?.fit.wellSeen ?? 0) >= 0.9;
}

/** What is proven: nothing is left to explain, or just what lies outside the rows. */
function floorOf(entropies: readonly DepthEntropy[], findings: readonly Finding[]): { floor?: number } {
  const outside = findings.find(({ code }) => code === 'label-outside-row')?.evidence;
  const floor = outside?.floorIsProven === true && typeof outside.floor === 'number' ? outside.floor : 0;
  const reachable = entropies[entropies.length - 1].nats;
  return reachable <= 1.1 * floor + 1e-3 * entropies[0].nats ? { floor } : {};
}

function countClasses({ labels, classes }: Labelled): Int32Array {
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]++;
  return counts;
}

function noLabels(sample: Sample): Finding {
  const { layout } = sample;
  const longest = longestRowOf(sample);
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
  return [{ depth: 0, nats: entropy(shares), bestAccuracy: Math.max(...counts) / total, source: 'counted' }];
}

const severities = ['error', 'warning', 'info'];

function bySeverity(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
