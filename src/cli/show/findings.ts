/**
 * What doctor and report have found, with the patch that mends it.
 */
import type { ChalkInstance } from 'chalk';
import type { DepthEntropy, Finding, PatchOperation } from '../../diagnosis/doctor/doctor-schema.ts';
import { bars } from './charts.ts';
import { wrapped } from './table.ts';

const colours = { error: 'red', warning: 'yellow', info: 'blue' } as const;

export function findingLines(findings: readonly Finding[], width: number, paint: ChalkInstance): string[] {
  return findings.flatMap(({ severity, code, message, patch }) => [
    `${paint[colours[severity]](severity)}  ${paint.bold(code)}`,
    ...wrapped(message, width, '  '),
    ...(patch ? [`  ${paint.dim('patch:')} ${settingsOf(patch)}`] : []),
  ]);
}

/** A patch as the options of `submit` that apply it, as a shell takes them. */
export function settingsOf(patch: readonly PatchOperation[]): string {
  return patch.map(({ path, value }) => `--set ${settingOf(path.slice(1).replaceAll('/', '.'), value)}`).join(' ');
}

/** `field=value`, in quotes where the value is a list or an object, whose quotes and brackets a shell would take. */
function settingOf(field: string, value: unknown): string {
  if (typeof value !== 'object') return `${field}=${value}`;
  return `'${field}=${JSON.stringify(value).replaceAll("'", String.raw`'\''`)}'`;
}

/** How much is left to know, by the number of values seen; depths that add nothing share a bar. */
export function staircase(entropies: readonly DepthEntropy[], width: number, paint: ChalkInstance): string[] {
  const steps: { from: number; to: number; nats: number }[] = [];
  for (const { depth, nats } of entropies) {
    const last = steps.at(-1);
    if (last && depth > 1 && last.nats.toFixed(4) === nats.toFixed(4)) last.to = depth;
    else steps.push({ from: depth, to: depth, nats });
  }
  const rows = steps.map(({ from, to, nats }) => ({
    name: nameOfDepths(from, to),
    value: nats,
    text: nats.toFixed(4),
  }));
  return rows.length === 0 ? [] : bars(rows, width, paint);
}

function nameOfDepths(from: number, to: number): string {
  if (to === 0) return 'nothing seen';
  if (to === 1) return 'the present alone';
  const past = to === 2 ? '1 past value' : `${to - 1} past values`;
  if (from === 1) return `the present, up to ${past}`;
  return from === to ? `and ${past}` : `and ${from - 1} to ${past}`;
}
