/**
 * Sequences of a dataset in the form in which NDJSON would write them.
 */
import { limits } from '../../../platform/limits.ts';
import { unknowable } from '../../task.ts';
import { type Dataset, lengthOf } from '../dataset.ts';
import type { DatasetSheet } from '../sheet.ts';
import type { PreviewSequence } from './preview-schema.ts';

/** Shows all sequences of a dataset, or of a part of one. */
export function previewOf({ sheet, offsets, inputs, labels }: Dataset): PreviewSequence[] {
  return Array.from({ length: offsets.length - 1 }, (_, s) => {
    const length = lengthOf({ offsets }, s);
    const end = offsets[s] + Math.min(length, limits.previewSteps);
    const nameOf = (label: number) => (label === unknowable ? null : sheet.labels.names[label]);
    const y =
      sheet.labels.at === 'end'
        ? sheet.labels.names[labels[offsets[s + 1] - 1]]
        : Array.from(labels.subarray(offsets[s], end), nameOf);
    return { length, x: inputsOf(sheet, inputs, offsets[s], end), y };
  });
}

function inputsOf(sheet: DatasetSheet, inputs: Dataset['inputs'], from: number, to: number): PreviewSequence['x'] {
  if (inputs.kind === 'strings') {
    const vocabulary = sheet.inputs.kind === 'strings' ? sheet.inputs.vocabulary : [];
    return Array.from(inputs.tokens.subarray(from, to), (token) => vocabulary[token]);
  }
  const { width, values } = inputs;
  const numbers = Array.from(values.subarray(from * width, to * width), (value) =>
    Number.isNaN(value) ? null : value,
  );
  if (width === 1) return numbers;
  return Array.from({ length: to - from }, (_, t) => numbers.slice(t * width, (t + 1) * width));
}
