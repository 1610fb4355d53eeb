/**
 * Rows as aligned columns, no wider than the terminal.
 */
import stringWidth from 'string-width';

interface Column {
  title: string;
  /** Numbers stand to the right. */
  isNumber?: boolean;
  /** May be cut where all together are too wide. */
  isText?: boolean;
}

const gap = '  ';

/** Lines of a table; texts are cut where all together are too wide. Other cells may be coloured. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, place) => Math.max(...all.map((row) => stringWidth(row[place]))));
  const room = width - gap.length * (columns.length - 1);
  for (const [place, { isText }] of columns.entries()) {
    if (isText) widths[place] = Math.max(8, Math.min(widths[place], widths[place] + room - sum(widths)));
  }
  return all.map((row) =>
    row
      .map((cell, place) => padded(clipped(cell, widths[place]), widths[place], columns[place].isNumber ?? false))
      .join(gap)
      .trimEnd(),
  );
}

/** Text of at most so many columns; what is cut ends in an ellipsis. */
export function clipped(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export function padded(text: string, width: number, toTheRight = false): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return toTheRight ? space + text : text + space;
}

/** A paragraph in lines of at most so many columns, each with the indent. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && stringWidth(`${indent}${line} ${word}`) > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
