/**
 * What stands between the cells of a CSV: as the command line says it, and as the first line of a file looks.
 */
import { UsageError } from '../failures.ts';

export const delimiterHelp = 'CSV: what stands between cells, by default a comma, in a .tsv file a tab; \\t is a tab';

/** The character that `--delimiter` names: a tab also as `\t`, which shells leave as it is. @throws UsageError */
export function delimiterOf(word: string): string {
  const character = word === '\\t' ? '\t' : word;
  if (character.length === 1 && !/["\r\n]/.test(character)) return character;
  throw new UsageError(
    `--delimiter must be one character (\\t is a tab), and no quote or line break, but is ${JSON.stringify(word)}.`,
  );
}

/**
 * Refuses a first line that is one cell by its delimiter and would hold a column by another one.
 * @param file what messages call it.
 * @throws UsageError that says the option to add.
 */
export function ensureSeparates(delimiter: string, header: string, columns: readonly string[], file: string): void {
  const cellsBy = (character: string) => header.split(character).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  if (cellsBy(delimiter).length > 1) return;
  const column = columns.find((name) => name !== cellsBy(delimiter)[0]);
  const other = [',', ';', '\t', '|'].find((character) => column !== undefined && cellsBy(character).includes(column));
  if (other === undefined) return;
  throw new UsageError(
    `${file} has no column "${column}" with ${nameOf(delimiter)} between cells: its first line looks like ${nameOf(other)}. Add --delimiter '${other === '\t' ? '\\t' : other}'.`,
  );
}

function nameOf(character: string): string {
  return character === '\t' ? 'a tab' : `"${character}"`;
}
