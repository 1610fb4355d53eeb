/**
 * JSON written straight into bytes: of most answers the numbers are all the work that there is. A probability is written
 * with as few digits as give the same float32 back.
 */
const zero = 0x30;
const comma = 0x2c;
/** Significant digits with which any float32 comes back as it was. */
const mostDigits = 9;
/** Powers of ten that a double has exactly, so that n / 10^k is what reading the digits again gives. */
const exactPowers = Float64Array.from({ length: 23 }, (_, k) => 10 ** k);
/** 0.1, 0.01 and so on, as float32: a value that is written as one of them has its zeros. */
const tenths = Float32Array.from({ length: 8 }, (_, k) => 1 / exactPowers[k + 1]);
/** The four digits of each number below 10^4, as the bytes that they are written with. */
const fourDigits = Uint32Array.from({ length: 10_000 }, (_, n) =>
  Buffer.from(String(n).padStart(4, '0')).readUInt32BE(0),
);
/** Numbers that are written before memory is asked for again. */
const numbersAtOnce = 1024;
/** Characters of a text that is written one by one. */
const shortText = 24;
const lastOfAscii = 0x7f;
/** As many bytes as a 32-bit integer takes with its comma. */
const integerBytes = 12;
/** More bytes than a number takes, 17 with its comma, and the brackets of a row of one. */
const numberBytes = 20;

/** Where a thread writes what is short: one writer after the other, so that memory is not asked for each answer. */
const scratchBytes = 2 ** 16;
let scratch: Buffer<ArrayBuffer> | undefined = Buffer.allocUnsafeSlow(scratchBytes);

/** JSON as it goes into an answer. */
export type WrittenJson = string | Uint8Array;

/** Longer than this, a text costs more than bytes. */
const mostText = 2 ** 16;

export class JsonBytes {
  #buffer: Buffer<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  readonly #room: number;
  #length: number;
  #isScratch: boolean;

  /** @param room bytes to leave free at the beginning, for `sendBehind`. */
  constructor(room = 0) {
    this.#room = room;
    this.#length = room;
    this.#isScratch = scratch !== undefined;
    this.#buffer = scratch ?? Buffer.allocUnsafeSlow(1024);
    this.#view = viewOf(this.#buffer);
    // Another writer that begins before this one has ended gets memory of its own.
    scratch = undefined;
  }

  text(text: string): this {
    // In UTF-8 a unit of the text takes up to three bytes.
    this.#reserve(3 * text.length);
    this.#length += text.length <= shortText ? this.#short(text) : this.#buffer.write(text, this.#length);
    return this;
  }

  /**
   * What lies between numbers is a few letters, for which a call of Node's takes longer than to write them.
   * @returns the bytes it takes.
   */
  #short(text: string): number {
    const from = this.#length;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > lastOfAscii) return this.#buffer.write(text, from);
      this.#buffer[from + i] = code;
    }
    return text.length;
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

  /** A list of integers. */
  integers(values: ArrayLike<number>): void {
    this.#reserve(integerBytes * values.length + 2);
    this.#length = writeIntegers(this.#buffer, this.#length, values);
  }

  /** A list of lists: [T,C] as T of them. */
  probabilityRows(values: Float32Array, classes: number): void {
    this.#byte(0x5b);
    const rowsAtOnce = Math.max(1, Math.floor(numbersAtOnce / classes)) * classes;
    for (let from = 0; from < values.length; from += rowsAtOnce) {
      const end = Math.min(from + rowsAtOnce, values.length);
      this.#reserve(numberBytes * (end - from));
      this.#length = writeRows(this.#buffer, this.#view, this.#length, values, from, end, classes);
    }
    this.#byte(0x5d);
  }

  /** A list of probabilities, those of `values` from one place on. */
  probabilities(values: Float32Array, from: number, count: number): this {
    this.#reserve(numberBytes * (count + 1));
    this.#length = writeList(this.#buffer, this.#view, this.#length, values, from, from + count);
    return this;
  }

  integer(value: number): void {
    if (value >= 0 && value < 10) this.#byte(zero + value);
    else this.text(String(value));
  }

  /** A float32 from 0 to 1; what is no number is null, as in JSON.stringify. */
  probability(value: number): this {
    this.#reserve(numberBytes);
    this.#length = writeProbability(this.#buffer, this.#view, this.#length, value);
    return this;
  }

  /**
   * Sends what was written behind a head, without a copy. It ends the writing.
   * @param headOf the head, in ASCII, for so many bytes; it must fit into the room that was left for it.
   * @param send false: the bytes are still needed when it returns.
   */
  sendBehind(headOf: (bytes: number) => string, send: (bytes: Buffer) => boolean): void {
    const head = headOf(this.#length - this.#room);
    const from = this.#room - head.length;
    if (from < 0) throw new RangeError(`A head of ${head.length} bytes does not fit into ${this.#room}.`);
    this.#buffer.write(head, from, 'latin1');
    const isSent = send(this.#buffer.subarray(from, this.#length));
    if (!this.#isScratch) return;
    if (!isSent) this.#buffer = Buffer.allocUnsafeSlow(scratchBytes);
    this.#giveBack();
  }

  /** What was written, in memory of its own. It ends the writing. */
  bytes(): Buffer<ArrayBuffer> {
    const written = this.#buffer.subarray(this.#room, this.#length);
    if (!this.#isScratch) return written;
    const own = Buffer.from(written);
    this.#giveBack();
    return own;
  }

  /** As text where it is short: Node writes a text together with the head of an answer, bytes after it. */
  forAnswer(): WrittenJson {
    return this.#length > mostText ? this.bytes() : this.toString();
  }

  /** The same as text. It ends the writing. */
  toString(): string {
    const text = this.#buffer.toString('utf8', this.#room, this.#length);
    if (this.#isScratch) this.#giveBack();
    return text;
  }

  #giveBack(): void {
    scratch = this.#buffer;
    this.#isScratch = false;
  }

  #byte(byte: number): void {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length++] = byte;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * this.#buffer.length + bytes);
    this.#buffer.copy(larger, 0, 0, this.#length);
    if (this.#isScratch) this.#giveBack();
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer<ArrayBuffer>): DataView<ArrayBuffer> {
  return new DataView(buffer, byteOffset, length);
}

/** @returns the place behind the list. */
function writeIntegers(buffer: Buffer, from: number, values: ArrayLike<number>): number {
  let at = from;
  buffer[at++] = 0x5b;
  for (let i = 0; i < values.length; i++) {
    if (i > 0) buffer[at++] = comma;
    const value = values[i];
    if (value >= 0 && value < 10) buffer[at++] = zero + value;
    else at += buffer.write(String(value), at, 'latin1');
  }
  buffer[at++] = 0x5d;
  return at;
}

/** The rows of values `first` .. `end`-1, with a comma before each but the first of all. @returns the place behind them. */
function writeRows(
  buffer: Buffer,
  view: DataView,
  from: number,
  values: Float32Array,
  first: number,
  end: number,
  classes: number,
): number {
  let at = from;
  for (let i = first; i < end; i += classes) {
    if (i > 0) buffer[at++] = comma;
    at = writeList(buffer, view, at, values, i, i + classes);
  }
  return at;
}

/** The values `first` .. `end`-1. @returns the place behind the list. */
function writeList(
  buffer: Buffer,
  view: DataView,
  from: number,
  values: Float32Array,
  first: number,
  end: number,
): number {
  let at = from;
  buffer[at++] = 0x5b;
  for (let i = first; i < end; i++) {
    if (i > first) buffer[at++] = comma;
    at = writeProbability(buffer, view, at, values[i]);
  }
  buffer[at++] = 0x5d;
  return at;
}

/**
 * A float32 from 0 to 1, from a place on. A function rather than a method, so that all it works with stays in registers.
 * @returns the place behind it.
 */
function writeProbability(buffer: Buffer, view: DataView, at: number, value: number): number {
  if (value >= 1e-6 && value < 1) return writeFraction(buffer, view, at, value);
  if (value === 0 || value === 1) {
    buffer[at] = zero + value;
    return at + 1;
  }
  return at + buffer.write(Number.isFinite(value) ? shortestText(value) : 'null', at, 'latin1');
}

/**
 * 0.000ddddddd, for 1e-6 ≤ value < 1: the zeros, then seven, eight or nine digits, whichever gives the value back
 * first, without the zeros at their end.
 */
function writeFraction(buffer: Buffer, view: DataView, from: number, value: number): number {
  let at = from;
  buffer[at++] = zero;
  buffer[at++] = 0x2e;
  let zeros = 0;
  while (value < tenths[zeros]) {
    buffer[at++] = zero;
    zeros++;
  }
  let power = exactPowers[zeros + 7];
  let digits = rounded(value * power);
  if (Math.fround(digits / power) === value) digits *= 10;
  else {
    power = exactPowers[zeros + 8];
    digits = rounded(value * power);
    if (Math.fround(digits / power) !== value) {
      digits = rounded(value * exactPowers[zeros + mostDigits]);
      const first = (digits / 1e8) | 0;
      buffer[at++] = zero + first;
      digits = (digits - first * 1e8) | 0;
    }
  }
  const upper = (digits / 1e4) | 0;
  view.setUint32(at, fourDigits[upper]);
  view.setUint32(at + 4, fourDigits[(digits - upper * 1e4) | 0]);
  at += 8;
  while (buffer[at - 1] === zero) at--;
  return at;
}

/** To the nearest integer, of numbers from 0 to 10^9. */
function rounded(value: number): number {
  return (value + 0.5) | 0;
}

/** For what is rare: values below 1e-6, and rounding errors above 1. */
function shortestText(value: number): string {
  for (let digits = 1; digits <= mostDigits; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}
