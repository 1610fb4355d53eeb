/**
 * The changes of a job spec that mend its layout, as operations of a JSON patch (RFC 6902).
 */

import type { Sample } from '../../sampling/sample.ts';
import { counted } from '../../wording.ts';
import type { PatchOperation } from '../doctor-schema.ts';

type Layout = NonNullable<Sample['layout']>;

const fieldInWords: Record<string, (value: PatchOperation['value']) => string> = {
  '/data/layout': (value) => `the layout ${value}`,
  '/data/sequenceLength': (value) => `rows of ${counted(Number(value), 'step')}`,
  '/data/batchSize': (value) => `${counted(Number(value), 'row')} in a batch`,
  '/data/rows': (value) => `${value} rows`,
};

/** What a patch of the layout changes, for a sentence. */
export function layoutInWords(patch: readonly PatchOperation[]): string {
  return patch
    .map(({ path, value }) => fieldInWords[path]?.(value) ?? `${path.slice(1).replaceAll('/', '.')} ${value}`)
    .join(', ');
}

/** The changes that make a spec's rows hold what their labels need: rows cut along time, each with its own history, and long enough. */
export function ownHistoryRows(layout: Layout, order: number): PatchOperation[] {
  const operations: PatchOperation[] = [];
  if (layout.layout !== 'batch-major') operations.push({ op: 'replace', path: '/data/layout', value: 'batch-major' });
  if (layout.sequenceLength < 4 * order && layout.batchSize > layout.sequenceLength)
    operations.push(...exchanged(layout));
  if (layout.rows === 'flat') operations.push({ op: 'replace', path: '/data/rows', value: 'independent' });
  return operations;
}

/** Batches of the same size with longer rows. */
export function longerRows(layout: Layout, order: number): PatchOperation[] {
  if (layout.batchSize > 4 * order) return exchanged(layout);
  const sequenceLength = Math.max(8 * (order + 1), layout.sequenceLength);
  return [{ op: 'replace', path: '/data/sequenceLength', value: sequenceLength }];
}

function exchanged({ batchSize, sequenceLength }: Layout): PatchOperation[] {
  return [
    { op: 'replace', path: '/data/sequenceLength', value: batchSize },
    { op: 'replace', path: '/data/batchSize', value: sequenceLength },
  ];
}
