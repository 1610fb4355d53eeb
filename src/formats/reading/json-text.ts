/**
 * JSON of a file that came from anywhere.
 */
import { ensureShallow } from '../../platform/input/json-depth.ts';
import { invalidFile } from './refusal.ts';

export type JsonObject = Record<string, unknown>;

/** @throws InvalidInputError `invalid_model`, `json_too_deep` */
export function jsonIn(bytes: Uint8Array, name: string): JsonObject {
  const text = textOf(bytes);
  ensureShallow(text, name);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidFile(name, 'is not JSON', cause);
  }
  if (!isObject(value)) throw invalidFile(name, 'is not a JSON object');
  return value;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects in a list; what is none is left out. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Whether it is a list of whole numbers that are not negative. */
export function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
}
