/**
 * Values from outside, cut for messages to a length that a person reads.
 */

/** Characters of a value or of a field's name in a message. */
const shownLength = 60;

/** A text, cut to `length` characters. */
export function cut(text: string, length = shownLength): string {
  return text.length > length ? `${text.slice(0, length - 3)}…` : text;
}

/** The value as JSON, cut. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return cut(`${value}`);
  // Cut within its quotes, so that they close.
  if (typeof value === 'string') return JSON.stringify(cut(value, shownLength - 2));
  return cut(JSON.stringify(beginningOf(value, { parts: shownLength })) ?? cut(String(value)));
}

/** As much of a value as can matter for its first characters as JSON. Each part makes at least one of them. */
function beginningOf(value: unknown, left: { parts: number }): unknown {
  left.parts--;
  if (typeof value === 'string') return value.slice(0, shownLength + 1);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const beginning: unknown[] = [];
    for (let i = 0; i < value.length && left.parts > 0; i++) beginning.push(beginningOf(value[i], left));
    return beginning;
  }
  const entries: [string, unknown][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (left.parts <= 0) break;
    entries.push([cut(key, shownLength + 1), beginningOf(member, left)]);
  }
  return Object.fromEntries(entries);
}
