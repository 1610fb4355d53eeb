/**
 * Sequences in the rows of a CSV: a step a row, below a line with the names of the columns.
 */
import { parse } from 'csv-parse/sync';
import { UsageError } from '../failures.ts';
import { delimiterOf } from './csv-delimiter.ts';
import { usualDelimiter } from './file-endings.ts';
import { stepOf } from './sequence-lines.ts';

/** How the rows of a CSV become sequences. */
export interface SequenceColumns {
  /** The column that says to which sequence a row belongs; without it all rows are one. */
  sequence?: string;
  /** The columns of the inputs; without it all others are. */
  features?: readonly string[];
  /** What stands between cells, as the command line says it; without it what is usual for the file. */
  delimiter?: string;
}

/** Where a step stands, or the value of one of its features, in words. */
export type PlaceOfStep = (sequence: number, step: number, feature?: number) => string;

/** A row, and the line that it ends on. */
interface Row {
  line: number;
  cells: string[];
}

/**
 * The sequences in the order of their first rows; an empty cell is null.
 * @param file what messages call it.
 * @throws UsageError
 */
export function sequencesInCsv(
  text: string,
  file: string,
  { sequence, features, delimiter }: SequenceColumns,
): { sequences: unknown[][]; placeOf: PlaceOfStep } {
  const [header, ...rows] = rowsIn(text, file, delimiter === undefined ? usualDelimiter(file) : delimiterOf(delimiter));
  const names = header?.cells ?? [];
  if (names.every((cell) => typeof stepOf(cell) === 'number')) {
    throw new UsageError(
      `${file} needs a first line with the names of its columns; --format lines reads a sequence a line.`,
    );
  }
  const columnOf = (name: string) => {
    const column = names.indexOf(name);
    if (column >= 0) return column;
    const hint = names.length === 1 ? ' --delimiter says what stands between cells.' : '';
    throw new UsageError(`${file} has no column "${name}"; it has ${names.join(', ')}.${hint}`);
  };
  const key = sequence === undefined ? undefined : columnOf(sequence);
  const inputs = features?.map(columnOf) ?? [...names.keys()].filter((column) => column !== key);
  if (inputs.length === 0) throw new UsageError(`${file} has no column of inputs.`);
  const grouped = grouping(rows, key);
  return {
    sequences: grouped.map((steps) => steps.map(({ cells }) => stepIn(cells, inputs))),
    placeOf: (s, t, feature) => {
      const columns = feature === undefined ? inputs : [inputs[feature]];
      const named = columns.map((column) => `"${names[column]}"`).join(', ');
      return `line ${grouped[s][t].line} of ${file}, column${columns.length > 1 ? 's' : ''} ${named}`;
    },
  };
}

/** The rows of each sequence. @param key the column that tells them apart; undefined: all are of one. */
function grouping(rows: readonly Row[], key: number | undefined): Row[][] {
  const groups = new Map<string | undefined, Row[]>();
  for (const row of rows) {
    const id = key === undefined ? undefined : row.cells[key];
    const group = groups.get(id) ?? [];
    group.push(row);
    groups.set(id, group);
  }
  return [...groups.values()];
}

function stepIn(cells: string[], inputs: readonly number[]): unknown {
  const values = inputs.map((column) => (cells[column].trim() === '' ? null : stepOf(cells[column])));
  return values.length === 1 ? values[0] : values;
}

function rowsIn(text: string, file: string, delimiter: string): Row[] {
  try {
    const records = parse(text, { bom: true, skip_empty_lines: true, delimiter, info: true });
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      line: info.lines,
      cells: record,
    }));
  } catch (error) {
    throw new UsageError(`${file} is not CSV: ${(error as Error).message}`);
  }
}
