/**
 * Predictions as the JSON of an answer, written straight into bytes: for most requests the numbers are all the work that
 * there is. A probability is written with as few digits as give the same float32 back.
 */
import type { Encoding } from '../data/training-data.ts';
import type { LabelPlace } from '../model/description.ts';
import { mostProbable } from '../model/scoring.ts';
import type { FoundCheckpoint } from './models/model-reference.ts';

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

/** @param predicted the probabilities [T,C] of each sequence. */
export function predictionJson(
  found: FoundCheckpoint,
  predicted: readonly Float32Array[],
  names: AnswerNames,
  form: AnswerForm,
): Buffer<ArrayBuffer> {
  const writer = new JsonBytes();
  const { job, model, checkpoint } = found;
  const head = JSON.stringify({ job, ...(model === undefined ? {} : { model }), checkpoint });
  writer.text(`${head.slice(0, -1)},"predictions":`);
  writer.list(predicted.length, (s) => writeSequence(writer, predicted[s], names, form));
  writer.text('}');
  return writer.bytes();
}

/** A prediction after each step of one sequence. @param head what the answer begins with. @param flat [T,C] */
export function stepsJson(head: object, flat: Float32Array, names: AnswerNames): Buffer<ArrayBuffer> {
  const writer = new JsonBytes();
  writer.text(`${JSON.stringify(head).slice(0, -1)},"predictions":`);
  const C = names.classes;
  const form = { at: 'end', probabilities: true, topK: undefined } as const;
  writer.list(flat.length / C, (t) => writeSequence(writer, flat.subarray(t * C, (t + 1) * C), names, form));
  writer.text('}');
  return writer.bytes();
}

/** @param flat [T,C] */
function writeSequence(writer: JsonBytes, flat: Float32Array, { classes: C, labels }: AnswerNames, form: AnswerForm) {
  const { at, probabilities, topK } = form;
  const T = flat.length / C;
  const classAt = (t: number) => mostProbable(flat, t * C, C);
  const writeRow = (t: number) => writer.list(C, (c) => writer.probability(flat[t * C + c]));
  const writeTop = (t: number) =>
    writer.text(JSON.stringify(topOf(flat.subarray(t * C, (t + 1) * C), topK ?? 0, labels)));
  if (at === 'end') {
    const predicted = classAt(T - 1);
    writer.text(`{"class":${predicted}`);
    if (labels) writer.text(`,"label":${JSON.stringify(labels[predicted])}`);
    if (probabilities) writer.field(',"probabilities":', () => writeRow(T - 1));
    if (topK !== undefined) writer.field(',"top":', () => writeTop(T - 1));
    writer.text('}');
    return;
  }
  writer.field('{"classes":', () => writer.list(T, (t) => writer.integer(classAt(t))));
  if (labels) {
    const names = labels.map((label) => JSON.stringify(label));
    writer.field(',"labels":', () => writer.list(T, (t) => writer.text(names[classAt(t)])));
  }
  if (probabilities) writer.field(',"probabilities":', () => writer.list(T, writeRow));
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
  return Number(new JsonBytes().probability(value).bytes().toString('latin1'));
}

const zero = 0x30;
const comma = 0x2c;
/** Significant digits that are tried for a probability; nine always give the same float32 back. */
const fewestDigits = 7;
const mostDigits = 9;
/** Powers of ten that a double has exactly, so that n / 10^k is what reading the digits again gives. */
const exactPowers = Array.from({ length: 23 }, (_, k) => 10 ** k);
/** More bytes than any number or separator takes. */
const slack = 64;

class JsonBytes {
  #buffer = Buffer.allocUnsafe(1024);
  #length = 0;

  text(text: string): this {
    this.#reserve(3 * text.length);
    this.#length += this.#buffer.write(text, this.#length);
    return this;
  }

  field(name: string, write: () => void): void {
    this.text(name);
    write();
  }

  list(length: number, write: (index: number) => void): void {
    this.#byte(0x5b);
    for (let i = 0; i < length; i++) {
      if (i > 0) this.#byte(comma);
      write(i);
    }
    this.#byte(0x5d);
  }

  integer(value: number): void {
    if (value < 10) this.#byte(zero + value);
    else this.text(String(value));
  }

  /** A float32 from 0 to 1; what is no number is null, as in JSON.stringify. */
  probability(value: number): this {
    if (value === 0 || value === 1) this.#byte(zero + value);
    else if (value >= 1e-6 && value < 1) this.#fraction(value);
    else this.text(Number.isFinite(value) ? shortestText(value) : 'null');
    return this;
  }

  /** 0.000ddddddd, for 1e-6 ≤ value < 1. */
  #fraction(value: number): void {
    let zeros = 0;
    for (let least = 0.1; value < least; least = 1 / exactPowers[zeros + 1]) zeros++;
    let places = zeros + fewestDigits;
    let digits = Math.round(value * exactPowers[places]);
    while (Math.fround(digits / exactPowers[places]) !== value && places < zeros + mostDigits) {
      places++;
      digits = Math.round(value * exactPowers[places]);
    }
    for (; digits % 10 === 0; digits /= 10) places--;
    this.#reserve(slack);
    const buffer = this.#buffer;
    buffer[this.#length] = zero;
    buffer[this.#length + 1] = 0x2e;
    const end = this.#length + 2 + places;
    for (let at = end - 1; at >= this.#length + 2; at--) {
      const rest = Math.floor(digits / 10);
      buffer[at] = zero + digits - 10 * rest;
      digits = rest;
    }
    this.#length = end;
  }

  /** What was written; it is not written to afterwards. */
  bytes(): Buffer<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#buffer.length + bytes);
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** For what is rare: values below 1e-6, and rounding errors above 1. */
function shortestText(value: number): string {
  for (let digits = 1; digits <= mostDigits; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}
