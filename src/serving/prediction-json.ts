/**
 * Predictions as the JSON of an answer of the native protocol.
 */

import type { FoundCheckpoint } from '../checkpoints/model-reference.ts';
import type { Encoding } from '../data/training-data.ts';
import type { LabelPlace } from '../model/description.ts';
import { mostProbable } from '../model/scoring.ts';
import { onceEach } from '../platform/once-each.ts';
import { JsonBytes } from './json-bytes.ts';

/** What a caller wants to read. */
export interface AnswerForm {
  at: LabelPlace;
  probabilities: boolean;
  topK: number | undefined;
}

/** What the numbers mean. */
export interface AnswerNames {
  classes: number;
  labels: Encoding['labels'];
}

/** The form that a request asks for, of a model whose labels lie at `labelsAt`. */
export function formOf(
  { at, probabilities, topK }: { at?: LabelPlace; probabilities?: boolean; topK?: number },
  labelsAt: LabelPlace,
): AnswerForm {
  return { at: at ?? labelsAt, probabilities: probabilities ?? topK === undefined, topK };
}

/** @param predicted the probabilities [T,C] of each sequence. @returns what was written, as bytes or as text. */
export function predictionJson(
  found: FoundCheckpoint,
  predicted: readonly Float32Array[],
  names: AnswerNames,
  form: AnswerForm,
  writer = new JsonBytes(),
): JsonBytes {
  writer.text(beginningOf(found));
  writer.list(predicted.length, (s) => writeSequence(writer, predicted[s], names, form));
  return writer.text('}');
}

const beginningOf = onceEach(({ job, model, checkpoint }: FoundCheckpoint) => {
  const head = JSON.stringify({ job, ...(model === undefined ? {} : { model }), checkpoint });
  return `${head.slice(0, -1)},"predictions":`;
});

/** A prediction after each step of one sequence. @param head what the answer begins with. @param flat [T,C] */
export function stepsJson(head: object, flat: Float32Array, names: AnswerNames): JsonBytes {
  const writer = new JsonBytes();
  writer.text(`${JSON.stringify(head).slice(0, -1)},"predictions":`);
  const C = names.classes;
  const form = { at: 'end', probabilities: true, topK: undefined } as const;
  writer.list(flat.length / C, (t) => writeSequence(writer, flat.subarray(t * C, (t + 1) * C), names, form));
  return writer.text('}');
}

/** @param flat [T,C] */
function writeSequence(writer: JsonBytes, flat: Float32Array, { classes: C, labels }: AnswerNames, form: AnswerForm) {
  const { at, probabilities, topK } = form;
  const T = flat.length / C;
  const classAt = (t: number) => mostProbable(flat, t * C, C);
  const writeTop = (t: number) =>
    writer.text(JSON.stringify(topOf(flat.subarray(t * C, (t + 1) * C), topK ?? 0, labels)));
  if (at === 'end') {
    const predicted = classAt(T - 1);
    writer.text(`{"class":${predicted}`);
    if (labels) writer.text(`,"label":${JSON.stringify(labels[predicted])}`);
    if (probabilities) writer.field(',"probabilities":', () => writer.probabilities(flat, (T - 1) * C, C));
    if (topK !== undefined) writer.field(',"top":', () => writeTop(T - 1));
    writer.text('}');
    return;
  }
  // Of numbers in a plain list, since memory of their own takes longer to get than they take to find.
  const classes: number[] = [];
  for (let t = 0; t < T; t++) classes.push(classAt(t));
  writer.field('{"classes":', () => writer.integers(classes));
  if (labels) {
    writer.field(',"labels":', () => writer.list(T, (t) => writer.text(JSON.stringify(labels[classes[t]]))));
  }
  if (probabilities) writer.field(',"probabilities":', () => writer.probabilityRows(flat, C));
  if (topK !== undefined) writer.field(',"top":', () => writer.list(T, writeTop));
  writer.text('}');
}

/** The most probable of classes, the lowest first of those that are equal. */
function topOf(row: Float32Array, count: number, labels: Encoding['labels']) {
  const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b);
  return order.slice(0, count).map((c) => ({
    class: c,
    ...(labels ? { label: labels[c] } : {}),
    probability: shortest(row[c]),
  }));
}

/** The double with the fewest digits that is the same float32. */
function shortest(value: number): number {
  return Number(new JsonBytes().probability(value).toString());
}
