/**
 * The report's verdict: every sentence that it can say, with its code and the condition under which it is said. The
 * table in docs/diagnosis.md lists them.
 */
import type { DoctorReport, FindingCode } from '../../doctor/doctor-schema.ts';
import { layoutInWords } from '../../doctor/layout/remedies.ts';
import { counted, nats, percent } from '../../wording.ts';
import type { Report, StatementCode, UsesPast } from '../report-schema.ts';
import { countsExactly, findingOf, type Learned } from './learned.ts';

/** What is said of a model, and on what grounds. */
export interface Judgement {
  /** Where class weights are taken out of the probabilities, `loss` is that without them. */
  heldOut: Report['heldOut'];
  /** The held-out loss with and without the class weights that the training had. */
  tilt?: { loss: number; without: number };
  learned: Learned;
  /** undefined: not even the present value could be afforded. */
  usesPast?: UsesPast;
  /** Share of the influence that comes from past values. */
  pastShare: number;
  /** The checkpoint that is judged, where it is not the last, and where the training ended. */
  bestStep?: number;
  lastStep?: number;
  startedFrom?: Report['startedFrom'];
  /**
   * How many sequences are held out, and how many of them equal one that the jobs whose weights it goes on from trained
   * on, or chose a checkpoint by; `equal` undefined: that is not known. undefined: these jobs held out the same.
   */
  usedBefore?: { heldOut: number; equal?: number };
  comparison?: Report['comparison'];
  /** It is compared with the weights that it started from, and not with a job that it is based on. */
  isComparedWithStart?: boolean;
  /** What others are known to reach is by counting all but the part that is judged. */
  isSplitByOrder?: boolean;
  doctor: DoctorReport;
}

export interface Statement {
  codes: StatementCode[];
  text: string;
}

/** Fewer labels than this allow no verdict, and fewer than these no more than a rough one. */
export const labelsForVerdict = 30;
const labelsForFigures = 100;
/** Below this share of the information, nothing was learned. */
const nothing = 0.02;
/** Past values with less than this share of the influence do not move a model. */
const unmoved = 0.05;

export function statementsOf(judgement: Judgement): Statement[] {
  const first = withoutVerdict(judgement);
  return [
    ...trainedBefore(judgement),
    ...classWeights(judgement),
    ...(first ? [first] : whatItLearned(judgement)),
    ...whichWeights(judgement),
    ...whereFrom(judgement),
    ...compared(judgement),
    ...obstacles(judgement),
    ...grounds(judgement),
  ];
}

const said = (code: StatementCode, text: string): Statement => ({ codes: [code], text });

/** The model may have seen what it is judged by. */
export function isFlattered({ startedFrom, usedBefore }: Pick<Judgement, 'startedFrom' | 'usedBefore'>): boolean {
  return startedFrom !== undefined && usedBefore !== undefined && usedBefore.equal !== 0;
}

/** Before all else: it takes from every figure that follows. */
function trainedBefore(judgement: Judgement): Statement[] {
  const { heldOut, startedFrom, usedBefore } = judgement;
  if (!startedFrom || !usedBefore || !isFlattered(judgement) || heldOut.steps === 0) return [];
  const by = `by job ${startedFrom.job} or one that it started from`;
  const { equal, heldOut: all } = usedBefore;
  const what =
    equal === undefined
      ? `Sequences that are held out here may have been trained on before, ${by}: the figures flatter the model as far as they were`
      : `${equal} of the ${counted(all, 'sequence')} that are held out here had been used before, ${by}, to train or to choose the checkpoint: the figures flatter the model`;
  return [said('trained-before', `${what}, and are compared with no other job.`)];
}

/** Whoever compares losses, or takes probabilities for shares of cases, has to know it. */
function classWeights({ heldOut: { steps }, tilt }: Judgement): Statement[] {
  if (!tilt || steps === 0) return [];
  const { loss, without } = tilt;
  const losses = `${nats(without)} in place of ${nats(loss)}`;
  const text =
    without < loss
      ? `The class weights of the training tilt the probabilities: divided by the weights again, the held-out loss is ${losses}, and the model is judged by that.`
      : `The class weights of the training may tilt the probabilities; the held-out loss does not fall where they are divided by the weights again (${losses}).`;
  return [said('class-weights', text)];
}

/** What is said where there is nothing to say of the past. */
function withoutVerdict({ heldOut, learned }: Judgement): Statement | undefined {
  const { loss, steps, accuracy, standardError } = heldOut;
  const { labelEntropy, informationUsed } = learned;
  if (steps === 0) return said('no-labels', 'No held-out step has a label: there is nothing to judge the model by.');
  if (labelEntropy === 0) {
    return said('nothing-to-learn', `There is nothing to learn: all labels are equal (held-out loss ${nats(loss)}).`);
  }
  if (steps < labelsForVerdict) {
    const right = Math.round(accuracy * steps);
    const figures = `loss ${nats(loss)}${standardError === undefined ? '' : ` ± ${nats(standardError)}`}, ${right} of ${steps} right`;
    return said(
      'too-few-labels',
      `${counted(steps, 'held-out label')} ${steps === 1 ? 'is' : 'are'} too few for a verdict (${figures}).`,
    );
  }
  const frequencies = `that of someone who knows only how frequent each class is (${nats(labelEntropy)})`;
  if (informationUsed < nothing) {
    const compared = loss > 1.02 * labelEntropy ? 'above' : 'about';
    return said(
      'learned-nothing',
      `The model has learned nothing: its held-out loss of ${nats(loss)} is ${compared} ${frequencies}.`,
    );
  }
  if (labelEntropy - loss < 2 * (standardError ?? 0)) {
    return said(
      'cannot-tell',
      `Whether the model has learned anything does not show: its held-out loss of ${nats(loss)} ± ${nats(standardError ?? 0)} cannot be told from ${frequencies}.`,
    );
  }
  return undefined;
}

/** How far back the model looks, and what it makes of what can be known: one sentence where that is known, else two. */
function whatItLearned(judgement: Judgement): Statement[] {
  const { learned, heldOut, doctor, usesPast } = judgement;
  const past = pastInWords(judgement);
  const aside = past.aside ? `; ${past.aside}` : '';
  // What it has seen before shows how it looks back, and not what it knows of data that it has not seen.
  if (isFlattered(judgement)) return [said(past.code, `${past.text}${aside}.`)];
  const isSwapped = findingOf(doctor.findings, 'axes-swapped') !== undefined;
  if (isSwapped && usesPast?.values === 0 && countsExactly(doctor)) {
    const { presentAlone, labelEntropy } = learned;
    const isReached = Math.abs(heldOut.loss - presentAlone) <= 0.05 * labelEntropy;
    const compared = `its held-out loss of ${nats(heldOut.loss)} ${isReached ? 'is' : 'compares with'} what the present value alone allows (${nats(presentAlone)})`;
    return [{ codes: [past.code, 'present-value-alone'], text: `${past.text}: ${compared}.` }];
  }
  const information = informationInWords(judgement);
  if (information.code === 'information-there-is' && (past.code === 'uses-past' || past.code === 'uses-no-past')) {
    return [{ codes: [past.code, information.code], text: `${past.text} and ${information.text}${aside}.` }];
  }
  const text = information.code === 'information-there-is' ? `It uses ${information.text}.` : `${information.text}.`;
  return [said(past.code, `${past.text}${aside}.`), said(information.code, text)];
}

/** `aside`: what is said after it, in the same sentence. */
type Clause = { code: StatementCode; text: string; aside?: string };

/** Without its full stop. */
function pastInWords({ usesPast, pastShare, doctor, learned, heldOut }: Judgement): Clause {
  if (!usesPast) {
    return {
      code: 'past-not-measured',
      text: 'How many past values the model uses was not measured: it would have taken longer than a report may',
    };
  }
  const { values, low, high, atLeast, gain } = usesPast;
  if (values === 0) {
    if (pastShare < unmoved) return { code: 'uses-no-past', text: 'The model uses no past value' };
    return {
      code: 'gains-nothing-from-past',
      text: `The loss does not show (by 1 % of H(label) and two standard errors, p = 0.03) that past values help the model, though they move its output (${percent(pastShare)} of the influence)`,
    };
  }
  if (atLeast) {
    return {
      code: 'uses-past-at-least',
      text: `The model uses at least ${counted(values, 'past value')}: with so many it has not yet all of the ${nats(gain)} nats that the past gives it, and more were not tried`,
    };
  }
  const interval = low === high ? '' : ` (${low} to ${high})`;
  const lacks =
    high < doctor.order && countsExactly(doctor) && heldOut.loss > learned.others.nats + 0.01 * learned.labelEntropy;
  const more =
    doctor.order > 0 && low > doctor.order
      ? `the doctor saw at least ${doctor.order} help, by ${finders[doctor.entropies.at(-1)?.source ?? 'counted']}`
      : undefined;
  const needed = lacks ? ` of the ${doctor.order} that labels need` : '';
  const text = `The model uses ${counted(values, 'past value')}${interval}${needed}`;
  return { code: 'uses-past', text, ...(more ? { aside: more } : {}) };
}

const finders = { counted: 'counting', probe: 'a small probe' } as const;

/** "The information there is" is said where it is proven how much that is; otherwise, what others are known to reach. */
function informationInWords({ heldOut: { loss }, learned, doctor, isSplitByOrder }: Judgement): Clause {
  const { labelEntropy, informationUsed, reachable, others, floor } = learned;
  if (reachable.source === 'proven') {
    const best =
      floor !== undefined && loss < floor - 5e-5
        ? `the least on average over many data is ${nats(floor)}`
        : `reachable ${nats(reachable.nats)}`;
    const share = `${shareInWords(informationUsed)} of the information there is`;
    return { code: 'information-there-is', text: `${share} (held-out loss ${nats(loss)}, ${best})` };
  }
  const lower = `${percent(1 - loss / labelEntropy)} lower than by the frequencies of the classes alone`;
  if (isSplitByOrder) return informationOfLastPart(loss, lower, learned, doctor);
  const finder = finders[others.source];
  if (reachable.source === 'model' && doctor.depth === 'quick') {
    return {
      code: 'below-counting',
      text: `Its held-out loss of ${nats(loss)} is ${lower}, and lower than what ${finder} explains labels down to (${nats(others.nats)}); small models, which may know more, were not trained (\`"diagnose": "full"\` trains them)`,
    };
  }
  if (reachable.source === 'model') {
    return {
      code: 'lowest-known',
      text: `Its held-out loss of ${nats(loss)} is ${lower}, and the lowest that is known: ${finder} explains labels down to ${nats(others.nats)}, and what more there is to know is not known`,
    };
  }
  return {
    code: 'more-is-known',
    text: `Its held-out loss of ${nats(loss)} is ${lower}; ${finder} explains labels down to ${nats(others.nats)}, so that at least so much can be known`,
  };
}

/** Probes are not judged there, and what is known of the whole data is not said of a part of it. */
function informationOfLastPart(
  loss: number,
  lower: string,
  learned: Learned,
  { judgedEntropies }: DoctorReport,
): Clause {
  const { reachable, others } = learned;
  const own = `Its held-out loss of ${nats(loss)} is ${lower}`;
  if (judgedEntropies === undefined) {
    const text = `${own}; what counting explains of the part that is judged here is not known`;
    return { code: 'below-counting', text };
  }
  const counting = `counting all other parts of the split explains the labels of this last one down to`;
  if (reachable.source === 'model') {
    const text = `${own}, and lower than what ${counting} (${nats(others.nats)}); small models, which may know more, were not tried on it`;
    return { code: 'below-counting', text };
  }
  const text = `${own}; ${counting} ${nats(others.nats)}, so that at least so much can be known there`;
  return { code: 'more-is-known', text };
}

function shareInWords(share: number): string {
  if (share >= 0.995) return 'all (100 %)';
  return share >= 0.9 ? `nearly all (${percent(share)})` : percent(share);
}

function whichWeights({ bestStep, lastStep }: Judgement): Statement[] {
  if (bestStep === undefined || lastStep === undefined) return [];
  return [
    said(
      'best-checkpoint',
      `Judged is the best checkpoint, of step ${bestStep}; the training went on to step ${lastStep}.`,
    ),
  ];
}

function whereFrom({ startedFrom, usedBefore }: Judgement): Statement[] {
  if (!startedFrom) return [];
  const { job, step } = startedFrom;
  const statements = [said('started-from', `The training started from the weights of step ${step} of job ${job}.`)];
  if (usedBefore?.equal === 0) {
    const text = `None of the ${counted(usedBefore.heldOut, 'sequence')} that are held out here equals one that was trained on before, by that job or one that it started from; parts of sequences were not compared.`;
    statements.push(said('not-trained-before', text));
  }
  return statements;
}

/** A smaller difference would be shown as none. */
const leastShown = 5e-5;

/** A difference within twice its standard error says nothing. */
function compared({ heldOut, comparison, isComparedWithStart, tilt }: Judgement): Statement[] {
  if (!comparison || heldOut.steps < labelsForVerdict) return [];
  const { job, loss, difference, standardError, paired } = comparison;
  const [then, now] = [nats(loss), nats(loss + difference)];
  const as = tilt ? ', with the class weights in the probabilities' : '';
  const sequences = counted(heldOut.sequences ?? 0, 'sequence');
  const grounds = paired
    ? `both on the same ${sequences}, paired`
    : 'each on what it held out itself, which tells less than the same sequences would';
  const before = isComparedWithStart
    ? `the weights of job ${job} that this one started from (${then} before the training, ${now} after it${as}, ${grounds})`
    : `job ${job}, on which this one is based (${then} there, ${now} here${as}, ${grounds})`;
  if (Math.abs(difference) <= 2 * standardError) {
    return [said('compared-as-good', `The held-out loss cannot be told from that of ${before}.`)];
  }
  const way = difference < 0 ? 'lower' : 'higher';
  const code = difference < 0 ? 'compared-better' : 'compared-worse';
  const by = Math.abs(difference) < leastShown ? 'less than 0.0001' : nats(Math.abs(difference));
  return [said(code, `The held-out loss is ${by} ${way} than that of ${before}.`)];
}

function obstacles({ heldOut: { loss }, learned, doctor: { findings }, isSplitByOrder }: Judgement): Statement[] {
  const statements: Statement[] = [];
  const swapped = findingOf(findings, 'axes-swapped');
  if (swapped) {
    const change = swapped.patch ? `Apply the patch: ${layoutInWords(swapped.patch)}.` : 'Upload the data transposed.';
    statements.push(
      said('axes-swapped', `The neighbours in time lie on the batch axis, where no model can look. ${change}`),
    );
  }
  const outside = findingOf(findings, 'label-outside-row')?.evidence;
  if (typeof outside?.floor === 'number' && typeof outside.shareOfLabels === 'number') {
    const steps = Math.round(1 / outside.shareOfLabels);
    const lies = `1 step in ${steps} has a label that depends on a value outside its row`;
    statements.push(outsideRow(lies, loss, outside.floor, outside.floorIsProven === true && !isSplitByOrder));
  }
  if (findingOf(findings, 'rows-too-short')) {
    statements.push(said('rows-too-short', 'Rows are too short to hold what labels depend on.'));
  }
  const future = findingOf(findings, 'label-depends-on-future')?.evidence;
  if (typeof future?.natsWithPast === 'number' && loss > future.natsWithPast - 0.01 * learned.labelEntropy) {
    statements.push(
      said(
        'label-depends-on-future',
        'Counting finds that later values, which the model cannot see, tell of the labels what past ones do not.',
      ),
    );
  }
  return [...statements, ...splitsInWords(findings)];
}

const drifting: Record<string, string> = {
  inputs: 'inputs',
  'class-shares': 'the shares of classes',
  'labels-given-inputs': 'labels given their inputs',
};

/** What keeps held-out figures from telling of what was trained on. */
function splitsInWords(findings: DoctorReport['findings']): Statement[] {
  const of = (code: FindingCode) => findings.filter((finding) => finding.code === code).map(({ evidence }) => evidence);
  const drifts = of('drift-between-splits').map(({ of, split }) => `${drifting[String(of)]} (split "${split}")`);
  const missing = of('class-missing-in-split').map(({ split, classes, labels = classes }) => {
    const names = [labels].flat().map((name) => JSON.stringify(name));
    return `split "${split}" has no label of class ${names.join(', ')}`;
  });
  const statements: Statement[] = [];
  if (drifts.length > 0) {
    const text = `The doctor found drift between the parts of the split, of ${drifts.join(' and of ')}: what is measured on a part that drifted tells of other data than those trained on.`;
    statements.push(said('drift-between-splits', text));
  }
  if (missing.length > 0) {
    const text = `By the doctor, ${missing.join('; ')}: the model cannot learn a class that training lacks, and figures leave out one that the held-out part lacks.`;
    statements.push(said('class-missing-in-split', text));
  }
  return statements;
}

/** A floor is one on average: a loss below it is luck of the rows that were held out, and nothing is said of "cannot". */
function outsideRow(lies: string, loss: number, floor: number, isProven: boolean): Statement {
  if (!isProven) return said('label-outside-row', `${lies}; what its row lacks tells ${nats(floor)}, by counting.`);
  if (loss < floor - 5e-5)
    return said('label-outside-row', `${lies}, which on average over many rows costs ${nats(floor)}.`);
  return said('label-outside-row', `${lies}, so the loss cannot fall below ${nats(floor)}.`);
}

/** What the figures were measured on, where that is not as it should be. */
function grounds({ heldOut: { part, steps, sequences, standardError } }: Judgement): Statement[] {
  const statements: Statement[] = [];
  if (part === 'validation') {
    statements.push(
      said(
        'judged-on-validation',
        `The split left no sequence for a test part: this is judged on the validation part (${counted(sequences ?? 0, 'sequence')}), which also decides on early stopping and the best checkpoint, so that the figures may flatter the model.`,
      ),
    );
  }
  if (steps >= labelsForVerdict && steps < labelsForFigures) {
    const error = standardError === undefined ? '' : ` (standard error of the loss: ${nats(standardError)})`;
    statements.push(said('few-labels', `It is judged on ${counted(steps, 'label')}: the figures are rough${error}.`));
  }
  return statements;
}
