/**
 * The first station of an upload: bytes become text, checked for size and encoding; then lines, with their numbers.
 * Nothing here holds more than a chunk and a line.
 */
import { limits } from '../../../platform/limits.ts';
import type { UploadMistakes } from './mistakes.ts';

export interface Line {
  /** From 1. */
  number: number;
  text: string;
}

/** The stream as text, without a byte-order mark. Refuses what is not UTF-8, and more bytes than the limit. */
export async function* decodeUtf8(stream: AsyncIterable<Uint8Array>, mistakes: UploadMistakes): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  let lines = 1;
  for await (const chunk of stream) {
    if (bytes === 0 && isWorkbook(chunk)) {
      mistakes.stop('upload', 'must be text, but is a zip archive or an Excel workbook: export the sheet as CSV');
    }
    bytes += chunk.length;
    if (bytes > limits.datasetBytes) {
      mistakes.stop('upload', `must have at most ${limits.datasetBytes} bytes`, 'dataset_too_large');
    }
    const text = decodeOr(() => decoder.decode(chunk, { stream: true }), chunk, lines, mistakes);
    lines += count(text, '\n');
    yield text;
  }
  yield decodeOr(() => decoder.decode(), new Uint8Array(), lines, mistakes);
}

/** By how .xlsx, which is a zip archive, and .xls begin. */
function isWorkbook(chunk: Uint8Array): boolean {
  const start = Buffer.from(chunk.subarray(0, 4)).toString('latin1');
  return start === 'PK\x03\x04' || start === '\xd0\xcf\x11\xe0';
}

function decodeOr(decode: () => string, chunk: Uint8Array, lines: number, mistakes: UploadMistakes): string {
  try {
    return decode();
  } catch {
    const [before] = new TextDecoder().decode(chunk).split('\uFFFD', 1);
    return mistakes.stop(`line ${lines + count(before, '\n')}`, 'must be UTF-8, but holds bytes that are not');
  }
}

/** The text line by line; \r\n ends a line too, and empty lines are passed over. */
export async function* linesOf(texts: AsyncIterable<string>, mistakes: UploadMistakes): AsyncGenerator<Line> {
  let rest = '';
  let number = 0;
  for await (const text of texts) {
    const pieces = text.split('\n');
    pieces[0] = rest + pieces[0];
    rest = pieces.pop()!;
    for (const piece of pieces) {
      number++;
      if (piece.trim() !== '') yield { number, text: piece };
    }
    if (rest.length > limits.datasetLineBytes) {
      mistakes.stop(`line ${number + 1}`, `must have at most ${limits.datasetLineBytes} characters`);
    }
  }
  if (rest.trim() !== '') yield { number: number + 1, text: rest };
}

/** How often a character stands in a text. */
export function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}
