/**
 * What is wrong with the data without regard to time: labels and features that say nothing, lopsided classes.
 */

import type { FeatureFacts } from '../../counting/feature-facts.ts';
import type { Sample } from '../../sampling/sample.ts';
import { classInWords } from '../../wording.ts';
import type { Finding } from '../doctor-schema.ts';

export function featureFindings(facts: FeatureFacts, features: number): Finding[] {
  const findings: Finding[] = [];
  if (facts.constant.length > 0) {
    const all = facts.constant.length === features;
    findings.push({
      code: 'constant-feature',
      severity: all ? 'error' : 'warning',
      message: all
        ? 'Every feature has the same value in all steps: there is nothing to learn from.'
        : `${listed('Feature', facts.constant)} the same value in all steps, and can be left out.`,
      evidence: { features: facts.constant },
    });
  }
  for (const { feature, of } of facts.duplicates) {
    findings.push({
      code: 'duplicate-feature',
      severity: 'warning',
      message: `Feature ${feature} equals feature ${of} in every step, and can be left out.`,
      evidence: { feature, of },
    });
  }
  return findings;
}

function listed(noun: string, numbers: number[]): string {
  return numbers.length === 1 ? `${noun} ${numbers[0]} has` : `${noun}s ${numbers.join(', ')} have`;
}

/** A class that holds more labels than this, beyond chance, makes accuracy a poor guide. */
const lopsided = 0.9;
/** Standard deviations of the share's lower bound: one-sided level 1e-6. */
const deviations = 4.75;

export function labelFindings(counts: Int32Array, names?: Sample['classNames']): Finding[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const largest = counts.indexOf(Math.max(...counts));
  const share = counts[largest] / total;
  if (counts[largest] === total) {
    return [
      {
        code: 'constant-label',
        severity: 'error',
        message: `${total === 1 ? 'The only label is' : `All ${total} labels are`} class ${classInWords(largest, names)}: any model is right, and nothing can be learned.`,
        evidence: { class: largest, ...labelOf(largest, names), labels: total },
      },
    ];
  }
  if (wilsonLowerBound(share, total) <= lopsided) return [];
  return [
    {
      code: 'class-imbalance',
      severity: 'warning',
      message: `Class ${classInWords(largest, names)} holds ${(100 * share).toFixed(1)} % of the labels: a model that always says ${largest} is that accurate. Judge by the loss or by class, or weight the classes.`,
      evidence: { class: largest, ...labelOf(largest, names), share },
    },
  ];
}

function labelOf(c: number, names: Sample['classNames']): { label?: string | number } {
  return names ? { label: names[c] } : {};
}

/** Lower confidence bound of a share (Wilson, J. Am. Stat. Assoc. 22:209, 1927). */
function wilsonLowerBound(share: number, total: number): number {
  const square = deviations ** 2;
  const centre = share + square / (2 * total);
  const spread = deviations * Math.sqrt((share * (1 - share)) / total + square / (4 * total ** 2));
  return (centre - spread) / (1 + square / total);
}
