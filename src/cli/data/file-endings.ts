/**
 * What the ending of a file's name says of the data in it.
 */
import path from 'node:path';

/** How data are read; `delimiter`: what stands between the cells of a CSV. */
export type SaidByEnding = { format: 'ndjson' } | { format: 'csv'; delimiter: ',' | '\t' };

const known: Record<string, SaidByEnding> = {
  '.ndjson': { format: 'ndjson' },
  '.jsonl': { format: 'ndjson' },
  '.csv': { format: 'csv', delimiter: ',' },
  '.tsv': { format: 'csv', delimiter: '\t' },
};

export const knownEndings = Object.keys(known);

/** undefined: nothing. */
export function saidByEnding(file: string): SaidByEnding | undefined {
  return known[path.extname(file).toLowerCase()];
}

/** Cells of a file that is a CSV stand apart by this, where nothing else is said. */
export function usualDelimiter(file: string): ',' | '\t' {
  const said = saidByEnding(file);
  return said?.format === 'csv' ? said.delimiter : ',';
}
