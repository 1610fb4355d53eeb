/**
 * How findings and verdicts put numbers into words.
 */

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** An entropy or loss in nats, to four decimals. */
export function nats(value: number): string {
  return Math.max(0, value).toFixed(4);
}

export function percent(share: number): string {
  const value = 100 * share;
  return `${value > 99 && value < 100 ? Math.floor(10 * value) / 10 : Math.round(value)} %`;
}

/** A number to three digits. */
export function threeDigits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** A class by its number, and by its name where that is another. */
export function classInWords(c: number, names: readonly (string | number)[] | undefined): string {
  return names === undefined || names[c] === c ? `${c}` : `${c} (${JSON.stringify(names[c])})`;
}
