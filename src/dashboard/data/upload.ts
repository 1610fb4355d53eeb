/**
 * What is looked at in a file before it is sent, and after it was refused: its columns, and the lines of its mistakes.
 */
import type { UploadRequest } from '../../data/datasets/ingest/request.ts';

export type Format = UploadRequest['format'];

export function formatOf({ name }: { name: string }): Format {
  return /\.(csv|tsv)$/i.test(name) ? 'csv' : 'ndjson';
}

/** What is read of a file to look at its first lines. */
const headBytes = 64 * 1024;

/** The names in the first line of a CSV file, and what separates them. */
export async function columnsOf(file: Blob): Promise<{ columns: string[]; delimiter: string }> {
  const [header = ''] = (await file.slice(0, headBytes).text()).replace(/^\uFEFF/, '').split(/\r?\n/, 1);
  const delimiter = [',', ';', '\t', '|'].reduce((best, one) =>
    header.split(one).length > header.split(best).length ? one : best,
  );
  return { columns: header.split(delimiter).map((name) => name.trim().replace(/^"(.*)"$/, '$1')), delimiter };
}

/** A first guess at which column is what; the last one often is the label. */
export function guessMapping(columns: readonly string[]): { sequence: string; step: string; label: string } {
  const named = (pattern: RegExp) => columns.find((name) => pattern.test(name));
  const label = named(/label|class|state|target|^y$/i) ?? columns.at(-1) ?? '';
  const sequence = named(/seq|series|patient|session|subject|group|^id$/i) ?? columns[0] ?? '';
  const step = named(/step|time|minute|second|index|^t$/i) ?? '';
  return { sequence, step: step === sequence || step === label ? '' : step, label };
}

/** Bytes at a time that are searched for the lines of mistakes. */
const chunkBytes = 1 << 20;
/** Beyond this a file is not searched. */
const searchedBytes = 64 * chunkBytes;

/** The text of some lines of a file, by their numbers from 1; what lies too far behind is missing. */
export async function textOfLines(file: Blob, numbers: readonly number[]): Promise<Map<number, string>> {
  const wanted = new Set(numbers);
  const found = new Map<number, string>();
  let line = 1;
  let rest = '';
  for (let from = 0; from < Math.min(file.size, searchedBytes) && found.size < wanted.size; from += chunkBytes) {
    const lines = (rest + (await file.slice(from, from + chunkBytes).text())).split('\n');
    rest = from + chunkBytes < file.size ? lines.pop()! : '';
    for (const text of lines) {
      if (wanted.has(line)) found.set(line, text);
      line++;
    }
  }
  if (wanted.has(line) && rest) found.set(line, rest);
  return found;
}
