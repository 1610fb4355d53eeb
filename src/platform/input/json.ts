/**
 * JSON text from outside as a value, or a refusal that says where it stops being JSON: bounded in depth, and without
 * fields that reach for a prototype. Of two fields of the same name in an object the last one counts, as everywhere in
 * JavaScript.
 */
import { isUtf8 } from 'node:buffer';
import { printParseErrorCode, visit } from 'jsonc-parser';
import secureJson from 'secure-json-parse';
import { InvalidInputError } from '../errors.ts';
import { ensureShallow } from './json-depth.ts';
import { show } from './shown.ts';

/** The value of a body. @throws InvalidInputError `json_too_deep` or `malformed_json`. */
export function parseJson(body: Buffer): unknown {
  const decoded = decode(body);
  const text = decoded.startsWith('\uFEFF') ? decoded.slice(1) : decoded;
  ensureShallow(text, 'body');
  try {
    return secureJson.parse(text, { protoAction: 'error', constructorAction: 'error' });
  } catch (cause) {
    throw refusal(text, cause);
  }
}

/** A body that is parsed elsewhere, on a thread, because it is too large for the event loop. */
export class RawJson {
  readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes;
  }
}

function decode(body: Buffer): string {
  if (isUtf8(body)) return body.toString('utf8');
  // Read leniently and written again, the bytes differ first where they are not UTF-8.
  const again = Buffer.from(body.toString('utf8'));
  const wrong = body.findIndex((byte, at) => byte !== again[at]);
  throw malformed(`The body is not UTF-8: the bytes from ${placeOf(body.toString('utf8', 0, wrong))} on are not.`);
}

/** What is wrong with a body that could not be parsed. */
function refusal(text: string, cause: unknown): InvalidInputError {
  const fault = firstFault(text);
  if (!fault) {
    const message =
      'The body has a field that reaches for a prototype: __proto__, or constructor with a prototype in it.';
    return malformed(message, cause);
  }
  const { offset, length, expected } = fault;
  const found = offset >= text.length ? 'the body ends' : `${show(text.slice(offset, offset + length))} is there`;
  const place = placeOf(text.slice(0, offset));
  return malformed(`The body is not JSON: at ${place} ${expected} must follow, but ${found}.`, cause);
}

interface Fault {
  offset: number;
  length: number;
  /** What should stand there. */
  expected: string;
}

function firstFault(text: string): Fault | undefined {
  let first: Fault | undefined;
  const onError = (code: number, offset: number, length: number) => {
    first ??= { offset, length, expected: expectations[printParseErrorCode(code)] ?? 'a value' };
  };
  visit(text, { onError }, { disallowComments: true });
  return first;
}

/** By the names that jsonc-parser has for what it misses. */
const expectations: Record<string, string> = {
  PropertyNameExpected: 'a field name in double quotes',
  ColonExpected: 'a colon',
  CommaExpected: 'a comma or the end of the list or object',
  CloseBraceExpected: 'a field or }',
  CloseBracketExpected: 'a value or ]',
  EndOfFileExpected: 'nothing',
  UnexpectedEndOfString: 'a string that ends on its line',
  UnexpectedEndOfNumber: 'a whole number',
  InvalidUnicode: 'a string whose \\u escapes have four hexadecimal digits',
  InvalidEscapeCharacter: 'a string with the escapes of JSON',
  InvalidCharacter: 'a string without control characters',
};

function malformed(message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(message, [], { code: 'malformed_json', cause });
}

/** Where the text after `before` stands, for people (line, column) and for programs (bytes). */
function placeOf(before: string): string {
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  return `line ${line}, column ${column} (byte ${Buffer.byteLength(before)})`;
}
