/**
 * The bytes of a structure, field after field, little-endian.
 */
export function fields(): Fields {
  return new Fields();
}

class Fields {
  readonly #parts: Buffer[] = [];
  length = 0;

  u8(...values: number[]): this {
    return this.join(Buffer.from(values));
  }

  u16(...values: number[]): this {
    return this.#numbers(values, 2, (part, value, at) => part.writeUInt16LE(value, at));
  }

  u32(...values: number[]): this {
    return this.#numbers(values, 4, (part, value, at) => part.writeUInt32LE(value, at));
  }

  u64(...values: (number | bigint)[]): this {
    return this.#numbers(values, 8, (part, value, at) => part.writeBigUInt64LE(BigInt(value), at));
  }

  text(text: string): this {
    return this.join(Buffer.from(text, 'latin1'));
  }

  padding(bytes: number): this {
    return this.join(Buffer.alloc(bytes));
  }

  join(...parts: Buffer[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.length += part.length;
    }
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #numbers<N>(values: N[], width: number, write: (part: Buffer, value: N, at: number) => void): this {
    const part = Buffer.alloc(width * values.length);
    for (const [n, value] of values.entries()) write(part, value, width * n);
    return this.join(part);
  }
}
