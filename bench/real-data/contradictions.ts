/**
 * What in a doctor's report contradicts its own figures: each rule by which a reader would notice.
 */
import type { DoctorReport, FindingCode } from '../../src/diagnosis/doctor/doctor-schema.ts';

/** Half of the last digit that is printed. */
const printed = 5.1e-5;
/** Share of H(y) that labels may be known better, where nothing is said to tell of them. */
const nothing = 0.05;

export function contradictionsOf({ entropies, order, depthExamined, floor, findings }: DoctorReport): string[] {
  const found: string[] = [];
  const expectThat = (holds: boolean, rule: string) => {
    if (!holds) found.push(rule);
  };
  const evidenceOf = (code: FindingCode) => findings.find((finding) => finding.code === code)?.evidence;
  const known = entropies.at(-1)?.nats ?? 0;
  const labelEntropy = entropies[0]?.nats ?? 0;

  for (const [k, step] of entropies.entries()) {
    if (k === 0) continue;
    expectThat(step.nats <= entropies[k - 1].nats, `depth ${step.depth} tells less than those before it`);
    expectThat(step.depth > entropies[k - 1].depth, 'depths ascend');
  }
  expectThat(floor === undefined || floor <= known + printed, 'no floor above what is reached');
  expectThat(order <= depthExamined, 'the order was examined');
  const present = entropies.find(({ depth }) => depth === 1)?.nats ?? labelEntropy;
  expectThat(order === 0 || known < present, 'past values that labels need tell something');

  if (evidenceOf('labels-unrelated-to-inputs')) {
    expectThat(order === 0 && known >= (1 - nothing) * labelEntropy, 'nothing tells of the labels, and something does');
  }
  for (const code of ['axes-swapped', 'streams-interleaved', 'rows-too-short'] as const) {
    const { natsWithRows, natsReachable } = evidenceOf(code) ?? {};
    if (natsWithRows === undefined) continue;
    expectThat(Number(natsReachable) < Number(natsWithRows), `${code}: the other rows tell more`);
    expectThat(
      Number(natsWithRows) <= known + nothing * labelEntropy,
      `${code}: the rows as they are tell what they tell`,
    );
  }
  const future = evidenceOf('label-depends-on-future');
  expectThat(!future || Number(future.natsWithFuture) < Number(future.natsWithPast), 'the future tells more');

  for (const { code, message, evidence } of findings) {
    const numbers = [...numbersIn(evidence), ...numbersIn(entropies)];
    for (const [text] of message.matchAll(/\d+\.\d{4}/g)) {
      const isField = numbers.some((number) => Math.abs(number - Number(text)) <= printed);
      expectThat(isField, `${code}: ${text} is a field`);
    }
    expectThat(!/undefined|NaN|Infinity/.test(message), `${code}: a number is missing`);
  }
  return found;
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersIn);
}
