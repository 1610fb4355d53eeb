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
/** More bytes than any number or separator takes. */
const slack = 64;

/** Where a thread writes what is short: one writer after the other, so that memory is not asked for each answer. */
let scratch: Buffer<ArrayBuffer> | undefined = Buffer.allocUnsafeSlow(2 ** 16);

/** JSON as it goes into an answer. */
export type WrittenJson = string | Uint8Array;

/** Longer than this, a text costs more than bytes. */
const mostText = 2 ** 16;

export class JsonBytes {
  #buffer: Buffer<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;
  #isScratch: boolean;

  constructor() {
    this.#isScratch = scratch !== undefined;
    this.#buffer = scratch ?? Buffer.allocUnsafeSlow(1024);
    this.#view = viewOf(this.#buffer);
    // Another writer that begins before this one has ended gets memory of its own.
    scratch = undefined;
  }

  text(text: string): this {
    // In UTF-8 a unit of the text takes up to three bytes.
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

  /** A list of some of the values. */
  probabilities(values: Float32Array, from: number, count: number): this {
    this.#byte(0x5b);
    for (let i = from; i < from + count; i++) {
      if (i > from) this.#byte(comma);
      this.probability(values[i]);
    }
    this.#byte(0x5d);
    return this;
  }

  integer(value: number): void {
    if (value >= 0 && value < 10) this.#byte(zero + value);
    else this.text(String(value));
  }

  /** A float32 from 0 to 1; what is no number is null, as in JSON.stringify. */
  probability(value: number): this {
    if (value === 0 || value === 1) this.#byte(zero + value);
    else if (value >= 1e-6 && value < 1) this.#fraction(value);
    else this.text(Number.isFinite(value) ? shortestText(value) : 'null');
    return this;
  }

  /**
   * 0.000ddddddd, for 1e-6 ≤ value < 1: the zeros, then seven, eight or nine digits, whichever gives the value back
   * first, without the zeros at their end.
   */
  #fraction(value: number): void {
    this.#reserve(slack);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = zero;
    buffer[at++] = 0x2e;
    let zeros = 0;
    for (; value < tenths[zeros]; zeros++) buffer[at++] = zero;
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
        digits -= first * 1e8;
      }
    }
    const upper = (digits / 1e4) | 0;
    this.#view.setUint32(at, fourDigits[upper]);
    this.#view.setUint32(at + 4, fourDigits[digits - upper * 1e4]);
    at += 8;
    while (buffer[at - 1] === zero) at--;
    this.#length = at;
  }

  /** What was written, in memory of its own. It ends the writing. */
  bytes(): Buffer<ArrayBuffer> {
    const written = this.#buffer.subarray(0, this.#length);
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
    const text = this.#buffer.toString('utf8', 0, this.#length);
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
