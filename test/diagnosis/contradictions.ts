/**
 * What in a report contradicts its own figures: each rule by which a reader would notice.
 */
import type { Report, StatementCode } from '../../src/diagnosis/report/report-schema.ts';

const ofPast: StatementCode[] = [
  'uses-no-past',
  'gains-nothing-from-past',
  'uses-past',
  'uses-past-at-least',
  'past-not-measured',
];
const ofInformation: StatementCode[] = [
  'present-value-alone',
  'information-there-is',
  'lowest-known',
  'below-counting',
  'more-is-known',
];
const noVerdict: StatementCode[] = [
  'no-labels',
  'too-few-labels',
  'nothing-to-learn',
  'learned-nothing',
  'cannot-tell',
];
/** Half of the last digit that is printed. */
const printed = 5.1e-5;

export function contradictionsIn(report: Report): string[] {
  const found: string[] = [];
  const expectThat = (holds: boolean, rule: string) => {
    if (!holds) found.push(`${rule}: ${report.verdict}`);
  };
  const { verdict, statements = [], heldOut, reachable, floor, memory, usesPast, baselines, influence } = report;
  const codes = statements.flatMap((statement) => statement.codes);
  const says = (code: StatementCode) => codes.includes(code);
  const plain = report.withoutClassWeights?.loss ?? heldOut.loss;
  const loss = Math.min(plain, heldOut.loss);

  expectThat(verdict === statements.map(({ text }) => text).join(' '), 'the verdict is its sentences');
  expectThat(new Set(codes).size === codes.length, 'nothing is said twice');
  const firsts = noVerdict.filter(says).length;
  expectThat(firsts + ofPast.filter(says).length === 1, 'the past is spoken of once, or not at all');
  const isJudged = firsts === 0 && !says('trained-before');
  expectThat(
    ofInformation.filter(says).length === Number(isJudged),
    'information is spoken of once, or not at all where there is no verdict or data were trained on before',
  );

  for (const [, number] of verdict.matchAll(/cannot fall below (\d+\.\d+)/g)) {
    expectThat(loss >= Number(number) - printed, 'no loss below what it cannot fall below');
  }
  for (const [, number] of verdict.matchAll(/reachable (\d+\.\d+)/g)) {
    expectThat(loss >= Number(number) - printed, 'no loss below what is reachable');
  }
  expectThat(reachable!.nats <= loss, 'the model proves that its own loss is reachable');
  const isBelowFloor = floor !== undefined && loss < floor;
  expectThat(!isBelowFloor || /on average/.test(verdict) || firsts > 0, 'a floor above the loss is one on average');

  const values = usesPast?.values ?? 0;
  expectThat(report.order === values && report.effectiveMemory === values, 'one number of past values');
  if (usesPast) {
    expectThat(usesPast.low <= values && values <= usesPast.high, 'the interval holds the number');
    const known = memory!.find(({ past }) => past === values);
    expectThat(known !== undefined, 'the number is one that was tried');
    const isEnough = known!.loss <= loss + 0.05 * usesPast.gain + 1e-6;
    expectThat(values === 0 || isEnough !== usesPast.atLeast, 'the number gives 95 % of the gain, or is "at least"');
    expectThat(
      memory!.every(({ past }, i) => i === 0 || past > memory![i - 1].past),
      'the staircase ascends',
    );
  }
  const total = influence.reduce((sum, { nats }) => sum + nats, 0);
  const ofPastValues = total > 0 ? 1 - influence[0].nats / total : 0;
  expectThat(!/no past value/.test(verdict) || (values === 0 && ofPastValues < 0.05), '"no past value" is meant');
  for (const [, number] of verdict.matchAll(/uses (?:at least )?(\d+) past value/g)) {
    expectThat(Number(number) === values && values > 0, 'the number in words is that of the field');
  }
  for (const [, low, high] of verdict.matchAll(/past values? \((\d+) to (\d+)\)/g)) {
    expectThat(Number(low) === usesPast!.low && Number(high) === usesPast!.high, 'so is the interval');
  }
  expectThat(
    says('uses-past-at-least') === (firsts === 0 && (usesPast?.atLeast ?? false)),
    '"at least" is said and meant',
  );

  const isProven = reachable!.source === 'proven';
  expectThat(!says('information-there-is') || (isProven && floor !== undefined), 'what there is is proven');
  if (/100 %\) of the information/.test(verdict)) {
    expectThat(isProven && report.informationUsed >= 0.995, '100 % is reached of what is proven');
  }
  const lowest = Math.min(...baselines.map(({ nats }) => nats));
  expectThat(!says('lowest-known') || loss <= lowest, 'nobody is known to do better');
  expectThat(!says('below-counting') || loss <= lowest, 'counting does not do better');
  const elsewhere = report.findings.find(({ code }) => code === 'axes-swapped')?.evidence.natsReachable;
  expectThat(!says('more-is-known') || loss >= Math.min(lowest, Number(elsewhere ?? lowest)), 'somebody does better');
  expectThat(!says('learned-nothing') || report.informationUsed < 0.02, 'nothing is next to nothing');
  expectThat(heldOut.steps >= 30 || firsts === 1, 'few labels are no verdict');
  const future = report.findings.find(({ code }) => code === 'label-depends-on-future')?.evidence.natsWithPast;
  const isKnownFromPast = typeof future === 'number' && loss < future - 0.011 * (baselines[0]?.nats ?? 0);
  expectThat(
    !(says('label-depends-on-future') && isKnownFromPast),
    'what the model knows is no matter of later values',
  );

  for (const code of ['drift-between-splits', 'class-missing-in-split'] as const) {
    expectThat(says(code) === report.findings.some((finding) => finding.code === code), 'what splits lack is said');
  }

  const isCompared = report.comparison !== undefined || /compared-/.test(codes.join());
  expectThat(!(says('trained-before') && isCompared), 'what was trained on before is no comparison');
  expectThat(
    says('class-weights') === (report.withoutClassWeights !== undefined && heldOut.steps > 0),
    'a tilt is said',
  );
  expectThat(!says('trained-before') || codes[0] === 'trained-before', 'and that is said before any figure');

  const numbers = numbersIn(report);
  for (const [text] of verdict.matchAll(/\d+\.\d{4}/g)) {
    expectThat(
      numbers.some((number) => Math.abs(number - Number(text)) <= printed),
      `${text} is a field`,
    );
  }
  return found;
}

/** All numbers of a report but the words, with how far the loss lies from another. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value, Math.abs(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
