/**
 * Whether labels are next symbols: the label of every step that has one is the input of the step after it.
 */
import { unknowable } from '../../../data/task.ts';
import type { Judged } from './judged.ts';
import type { ModelNames } from './names.ts';

export function isNextSymbol({ sequences, features }: Judged, { labels: names, symbols }: ModelNames): boolean {
  if (!names || !symbols) return false;
  let compared = 0;
  for (const { inputs, labels } of sequences) {
    for (let t = 0; t + 1 < labels.length; t++) {
      if (labels[t] === unknowable) continue;
      const next = symbols[inputs.subarray((t + 1) * features, (t + 2) * features).indexOf(1)];
      if (next !== undefined && next !== String(names[labels[t]])) return false;
      if (next !== undefined) compared++;
    }
  }
  return compared > 0;
}
