/**
 * Numbers and times as people read them, in the terminal and in the browser.
 */

const integers = new Intl.NumberFormat('en');
const missing = '–';

export function countText(value: number): string {
  return integers.format(value);
}

/** With its noun, as in `1 step`, `2 steps`. */
export function countedText(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A label or a string of a vocabulary; one that nobody would see, as a space or a line end, in quotes. */
export function nameText(name: string | number): string {
  return typeof name === 'string' && name.trim() === '' ? JSON.stringify(name) : String(name);
}

/** A loss or an entropy, in nats. */
export function natsText(value: number | null | undefined): string {
  if (value === null || value === undefined) return missing;
  if (value === 0) return '0';
  if (Math.abs(value) < 0.001) return value.toExponential(1);
  return value.toFixed(value >= 100 ? 1 : 4);
}

export function percentText(share: number | null | undefined): string {
  if (share === null || share === undefined) return missing;
  // 99.98 % is not all.
  const rounded = Math.min(Math.round(share * 1000) / 10, share < 1 ? 99.9 : 100);
  return `${rounded.toFixed(rounded === 100 || rounded === 0 ? 0 : 1)} %`;
}

/** Any number, short. */
export function short(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return countText(value);
  return Math.abs(value) >= 0.001 && Math.abs(value) < 1e6
    ? Number(value.toPrecision(4)).toString()
    : value.toExponential(2);
}

const scales = ['', 'k', 'M', 'G', 'T', 'P'];

/** As in `1.2 G`, for counts of operations. */
export function scaled(value: number): string {
  const step = Math.min(scales.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
  return `${Number((value / 1000 ** step).toPrecision(3))}${step > 0 ? ` ${scales[step]}` : ''}`;
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${Number((value / 1024 ** step).toPrecision(3))} ${units[step]}`;
}

/** 43 ms, 4.2 s, 3 min 12 s, 2 h 5 min, 3 d 4 h. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return missing;
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(time: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000);
  if (seconds < 10) return 'just now';
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

export function clock(time: string): string {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
}

/** 2026-11-28 14:03, in the caller's time. */
export function moment(time: string | null): string {
  if (time === null) return missing;
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
