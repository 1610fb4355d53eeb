/**
 * JSON written straight into bytes: of most answers the numbers are all the work that there is. A probability is written
 * with as few digits as give the same float32 back.
 */
const zero = 0x30;
const comma = 0x2c;
/** Significant digits that are tried for a probability; nine always give the same float32 back. */
const fewestDigits = 7;
const mostDigits = 9;
/** Powers of ten that a double has exactly, so that n / 10^k is what reading the digits again gives. */
const exactPowers = Array.from({ length: 23 }, (_, k) => 10 ** k);
/** More bytes than any number or separator takes. */
const slack = 64;

export class JsonBytes {
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
