/**
 * Numbers as pictures of characters: a curve in one line, bars, and shares as shades.
 */
import type { ChalkInstance } from 'chalk';
import { padded } from './table.ts';

const heights = '▁▂▃▄▅▆▇█';
const eighths = ' ▏▎▍▌▋▊▉';

/** The last values as one line of at most `width` characters: neighbours share a character, by their mean. */
export function sparkline(values: readonly number[], width: number): string {
  const perPlace = Math.max(1, values.length / width);
  const means = Array.from({ length: Math.min(width, values.length) }, (_, place) => {
    const part = values.slice(Math.floor(place * perPlace), Math.max(Math.floor((place + 1) * perPlace), 1));
    return part.reduce((total, value) => total + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  return means.map((mean) => heights[high === low ? 0 : Math.round((7 * (mean - low)) / (high - low))]).join('');
}

/** A bar of `share` (0 to 1) of a width in characters, to an eighth of one. */
export function bar(share: number, width: number): string {
  const length = Math.round(8 * width * Math.max(0, Math.min(1, share)));
  return '█'.repeat(length >> 3) + (length % 8 === 0 ? '' : eighths[length % 8]);
}

export interface Bar {
  name: string;
  value: number;
  text: string;
}

/** One bar a line, the longest for the largest value. */
export function bars(rows: readonly Bar[], width: number, paint: ChalkInstance): string[] {
  const [names, texts] = [rows.map(({ name }) => name), rows.map(({ text }) => text)];
  const [nameWidth, textWidth] = [names, texts].map((all) => Math.max(...all.map(({ length }) => length)));
  const room = Math.max(10, Math.min(50, width - nameWidth - textWidth - 6));
  const most = Math.max(...rows.map(({ value }) => value), Number.MIN_VALUE);
  return rows.map(
    ({ name, value, text }) =>
      `  ${padded(name, nameWidth)}  ${paint.cyan(padded(bar(value / most, room), room))}  ${text.padStart(textWidth)}`,
  );
}

/** A share as a shade behind its text: from nothing at 0 to full at 1. Without colours it is the text alone. */
export function shade(text: string, share: number, paint: ChalkInstance): string {
  if (paint.level === 0) return text;
  const strength = Math.max(0, Math.min(1, share));
  // Of a map whose lightness falls evenly (viridis), ends and middle: dark for little, bright for much.
  const stops = [
    [33, 36, 51],
    [33, 113, 141],
    [94, 201, 98],
  ];
  const place = strength * (stops.length - 1);
  const [from, to] = [stops[Math.floor(place)], stops[Math.ceil(place)]];
  const [r, g, b] = from.map((value, channel) => Math.round(value + (to[channel] - value) * (place % 1)));
  return paint.bgRgb(r, g, b)(strength > 0.6 ? paint.black(text) : paint.white(text));
}
