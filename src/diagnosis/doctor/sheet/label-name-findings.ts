/**
 * Labels that are two by their writing, and probably one by their meaning: "Walk" and "walk ".
 */
import { show } from '../../../platform/input/shown.ts';
import type { Sample } from '../../sampling/sample.ts';
import type { Finding } from '../doctor-schema.ts';

/** Groups that the message names; the evidence has all. */
const namedGroups = 3;

/**
 * @param counts labels of each class.
 * @param names what a dataset calls its classes. Single characters, as of text, are told apart by their case on purpose.
 */
export function labelNameFindings(counts: Int32Array, names: Sample['classNames'] = []): Finding[] {
  const groups = new Map<string, number[]>();
  for (const [c, name] of names.entries()) {
    if (typeof name !== 'string' || [...name.trim()].length < 2) continue;
    const alike = folded(name);
    groups.set(alike, [...(groups.get(alike) ?? []), c]);
  }
  const found = [...groups.values()].filter((classes) => classes.length > 1);
  if (found.length === 0) return [];
  const shown = found.slice(0, namedGroups).map((classes) => classes.map((c) => show(names[c])).join(' and '));
  const others = found.length > namedGroups ? `, and ${found.length - namedGroups} more such groups,` : '';
  const classes = found.flat();
  return [
    {
      code: 'labels-alike',
      severity: 'warning',
      message: `Labels ${shown.join('; ')}${others} differ only by case or surrounding white space, and are learned as classes of their own: where they mean the same, write them the same and upload again.`,
      evidence: {
        classes,
        labels: classes.map((c) => String(names[c])),
        counts: classes.map((c) => counts[c] ?? 0),
      },
    },
  ];
}

/** The same for names that only case and surrounding white space tell apart. */
function folded(name: string): string {
  return name.trim().toLowerCase();
}
