/**
 * The elements of a tensor, from JSON or from bytes: numbers as FP32, or strings.
 */
import { sizeOf } from '../../../model/arrays.ts';
import type { InvalidInputError } from '../../../platform/errors.ts';
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { show } from '../../../platform/input/shown.ts';
import { type Datatype, type NumericDatatype, numericDatatypes } from './datatypes.ts';
import type { InputTensor } from './request.ts';

/** A tensor whose shape was found to be a permitted one. */
export interface Tensor {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
  /** Its elements: as they stand in the JSON, or as they lie in memory. */
  source: readonly unknown[] | Uint8Array;
}

/** @param binary its bytes, where they follow the JSON. */
export function tensorOf({ name, datatype, shape, data }: InputTensor, binary: Uint8Array | undefined): Tensor {
  return { name, datatype, shape, source: binary ?? data ?? [] };
}

function refusal(path: string, message: string): InvalidInputError {
  return invalidInput('body', [{ path, message }]);
}

/**
 * The elements as FP32; a missing value is NaN. What is no whole number is rounded, as the numbers of /predict are; a
 * whole one of a type that has no others is refused where FP32 does not hold it.
 * @throws InvalidInputError
 */
export function numbersOf(tensor: Tensor): Float32Array {
  const { name, datatype, shape, source } = tensor;
  if (datatype === 'BYTES') throw refusal(name, 'must be numbers, but has the datatype BYTES');
  const { bytes, range, read }: NumericDatatype = numericDatatypes[datatype];
  const numbers = new Float32Array(sizeOf(shape));
  const put = (value: number | bigint, n: number) => {
    numbers[n] = Number(value);
    if (range && !(isHeld(value, numbers[n]) && value >= range[0] && value <= range[1])) {
      throw refusal(
        name,
        `has ${show(value)} as element ${n}, which must be a whole number of the type ${datatype} that FP32 holds as it is`,
      );
    }
  };
  if (source instanceof Uint8Array) {
    expectBytes(tensor, bytes * numbers.length, source.length);
    const view = new DataView(source.buffer, source.byteOffset, source.length);
    for (let n = 0; n < numbers.length; n++) put(read(view, n * bytes), n);
    return numbers;
  }
  for (const [n, element] of flatElements(tensor).entries()) {
    if (element === null && !range) numbers[n] = Number.NaN;
    else if (typeof element === 'number') put(element, n);
    else if (typeof element === 'boolean' && datatype === 'BOOL') numbers[n] = Number(element);
    else {
      const expected = datatype === 'BOOL' ? 'true or false' : 'a number';
      throw refusal(name, `has ${show(element)} as element ${n}, which must be ${expected}`);
    }
  }
  return numbers;
}

function isHeld(value: number | bigint, held: number): boolean {
  return Number.isInteger(held) && (typeof value === 'bigint' ? BigInt(held) === value : held === value);
}

/** @throws InvalidInputError */
export function stringsOf(tensor: Tensor): string[] {
  const { name, datatype, source, shape } = tensor;
  if (datatype !== 'BYTES') throw refusal(name, `must be strings, of the datatype BYTES, but has ${datatype}`);
  if (source instanceof Uint8Array) return binaryStrings(name, source, sizeOf(shape));
  return flatElements(tensor).map((element, n) => {
    if (typeof element !== 'string')
      throw refusal(name, `has ${show(element)} as element ${n}, which must be a string`);
    return element;
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** The length in front of each string. */
const lengthBytes = 4;

function binaryStrings(name: string, source: Uint8Array, count: number): string[] {
  const view = new DataView(source.buffer, source.byteOffset, source.length);
  const strings: string[] = [];
  let at = 0;
  while (strings.length < count) {
    const n = strings.length;
    if (at + lengthBytes > source.length)
      throw refusal(name, `has ${n} strings in its bytes, but its shape has ${count}`);
    const end = at + lengthBytes + view.getUint32(at, true);
    if (end > source.length)
      throw refusal(name, `has a string as element ${n} that is longer than the bytes of the tensor`);
    try {
      strings.push(utf8.decode(source.subarray(at + lengthBytes, end)));
    } catch {
      throw refusal(name, `has bytes as element ${n} that are not UTF-8`);
    }
    at = end;
  }
  if (at !== source.length) throw refusal(name, `has ${source.length - at} bytes after its last string`);
  return strings;
}

function expectBytes({ name, shape, datatype }: Tensor, expected: number, found: number): void {
  if (found === expected) return;
  throw refusal(name, `has ${found} bytes, but a tensor [${shape.join()}] of ${datatype} has ${expected}`);
}

/** The elements of a JSON list that is flat, or nested as the shape is. */
function flatElements({ name, shape, source }: Tensor): readonly unknown[] {
  const data = source as readonly unknown[];
  const count = sizeOf(shape);
  if (!Array.isArray(data[0])) {
    if (data.length === count) return data;
    throw refusal(name, `has ${data.length} elements, but its shape [${shape.join()}] has ${count}`);
  }
  let level: readonly unknown[] = [data];
  for (const [depth, length] of shape.entries()) {
    const next: unknown[] = [];
    for (const list of level) {
      if (!Array.isArray(list) || list.length !== length) {
        const found = Array.isArray(list) ? `a list of ${list.length}` : show(list);
        throw refusal(
          name,
          `has ${found} at depth ${depth} of its data, where its shape [${shape.join()}] asks for a list of ${length}`,
        );
      }
      for (const element of list) next.push(element);
    }
    level = next;
  }
  return level;
}
