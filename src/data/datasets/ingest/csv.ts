/**
 * CSV uploads in long form: a header, then one step a line; columns for the sequence's id, the step, the features and
 * the label. The tokens are those of RFC 4180, by csv-parse.
 */
import { CsvError, parse } from 'csv-parse';
import { cut, show } from '../../../platform/input/shown.ts';
import { limits } from '../../../platform/limits.ts';
import type { UploadMistakes } from './mistakes.ts';
import type { CsvMapping } from './request.ts';
import { isNoTarget, type LabelValue, largestNumber, notANumber, type ParsedSequence } from './sequence.ts';
import { count } from './text.ts';

interface Row {
  line: number;
  cells: string[];
}

/** A sequence in the making. */
interface OpenSequence {
  id: string;
  line: number;
  lastStep: number;
  numbers: number[];
  strings: string[];
  labels: LabelValue[];
}

/** Where each column of the mapping stands. */
interface Columns {
  width: number;
  sequence: number;
  /** -1: the rows are in order already. */
  step: number;
  features: number[];
  label: number;
}

/** The sequences of the text; the rows of one have to follow each other, in the order of their steps. */
export async function* csvSequences(
  texts: AsyncIterable<string>,
  mapping: CsvMapping,
  mistakes: UploadMistakes,
): AsyncGenerator<ParsedSequence> {
  const ended = new Set<string>();
  const labels = new LabelKinds();
  let columns: Columns | undefined;
  let open: OpenSequence | undefined;
  for await (const rows of rowsOf(texts, mapping.delimiter, mistakes)) {
    for (const row of rows) {
      if (!columns) {
        columns = columnsOf(row, mapping, mistakes);
        continue;
      }
      if (row.cells.length !== columns.width) {
        const message = `must have ${columns.width} columns, as the header, but has ${row.cells.length}`;
        mistakes.add(`line ${row.line}`, message);
        continue;
      }
      const id = row.cells[columns.sequence];
      if (open?.id !== id) {
        if (open) yield closed(open, columns, mapping, ended);
        open = opened(id, row.line, ended, mapping, mistakes);
      }
      addStep(open, row, columns, mapping, mistakes);
      labels.note(open.labels.at(-1), `line ${row.line}, column ${show(mapping.label)}`);
    }
  }
  labels.refuseFractions(mistakes);
  if (open && columns) yield closed(open, columns, mapping, ended);
  if (!columns) mistakes.stop('line 1', 'must be a header with the names of the columns, but the upload is empty');
}

/** A chunk of text is taken in whole before its records are read: csv-parse hands this on to its stream. */
const wholeChunks = { readableHighWaterMark: limits.datasetLineBytes };

/**
 * The records of each chunk of text, with the line on which each begins. A whole chunk at a time: a step through an
 * async generator for each record takes longer than to parse it, and so does asking csv-parse for the line.
 */
async function* rowsOf(
  texts: AsyncIterable<string>,
  delimiter: string,
  mistakes: UploadMistakes,
): AsyncGenerator<Row[]> {
  const parser = parse({
    delimiter,
    relax_column_count: true,
    skip_empty_lines: false,
    record_delimiter: ['\n', '\r\n'],
    max_record_size: limits.datasetLineBytes,
    ...wholeChunks,
  });
  // Every error comes back by a callback as well; without a listener the event would end the process.
  parser.on('error', () => undefined);
  let line = 1;
  const rows = (): Row[] => {
    const parsed: Row[] = [];
    for (let cells = parser.read() as string[] | null; cells !== null; cells = parser.read()) {
      if (cells.length > 1 || cells[0].trim() !== '') parsed.push({ line, cells });
      line += 1 + cells.reduce((lines, cell) => lines + count(cell, '\n'), 0);
    }
    return parsed;
  };
  try {
    for await (const text of texts) {
      await taken((done) => parser.write(text, done));
      yield rows();
    }
    await taken((done) => parser.end(done));
    yield rows();
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    rows();
    mistakes.stop(`line ${line}`, `must be CSV as in RFC 4180: ${cut(error.message, 200)}`);
  } finally {
    parser.destroy();
  }
}

function taken(call: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}

function columnsOf({ line, cells }: Row, mapping: CsvMapping, mistakes: UploadMistakes): Columns {
  const at = (name: string) => {
    const index = cells.indexOf(name);
    if (index === -1) {
      mistakes.add(
        `line ${line}, column ${show(name)}`,
        `is not in the header, which has ${show(cells)}${otherDelimiter(name, cells, mapping.delimiter)}`,
      );
    } else if (cells.lastIndexOf(name) !== index) {
      mistakes.add(`line ${line}, column ${show(name)}`, 'must stand in the header once, but does so more often');
    }
    return index;
  };
  const columns = {
    width: cells.length,
    sequence: at(mapping.sequence),
    step: mapping.step === undefined ? -1 : at(mapping.step),
    features: mapping.features.map(at),
    label: at(mapping.label),
  };
  mistakes.throwIfAny();
  return columns;
}

/** The header of a file whose columns are separated by another character is one cell. */
function otherDelimiter(name: string, cells: readonly string[], delimiter: string): string {
  if (cells.length > 1) return '';
  const found = [';', '\t', '|', ','].find((character) => cells[0].split(character).includes(name));
  return found ? `; the delimiter seems to be ${show(found)}, and not ${show(delimiter)}` : '';
}

function opened(
  id: string,
  line: number,
  ended: ReadonlySet<string>,
  mapping: CsvMapping,
  mistakes: UploadMistakes,
): OpenSequence {
  const path = `line ${line}, column ${show(mapping.sequence)}`;
  if (ended.has(id)) {
    mistakes.add(
      path,
      `goes back to sequence ${show(id)}, which had ended: the rows of a sequence must follow each other`,
    );
  } else if (id === '' || id.length > limits.datasetText) {
    mistakes.add(path, `must be an id of 1 to ${limits.datasetText} characters, but is ${show(id)}`);
  }
  return { id, line, lastStep: Number.NEGATIVE_INFINITY, numbers: [], strings: [], labels: [] };
}

function closed(open: OpenSequence, columns: Columns, mapping: CsvMapping, ended: Set<string>): ParsedSequence {
  ended.add(open.id);
  const inputs: ParsedSequence['inputs'] =
    mapping.values === 'strings'
      ? { kind: 'strings', values: open.strings }
      : { kind: 'numbers', width: columns.features.length, values: open.numbers };
  return { place: `line ${open.line}`, inputs, labels: open.labels, labelsAt: 'every-step' };
}

function addStep(open: OpenSequence, row: Row, columns: Columns, mapping: CsvMapping, mistakes: UploadMistakes): void {
  const refuse = (column: string, message: string) => mistakes.add(`line ${row.line}, column ${show(column)}`, message);
  if (columns.step !== -1) {
    const cell = row.cells[columns.step];
    const step = numberOf(cell);
    if (Number.isNaN(step ?? Number.NaN)) {
      refuse(mapping.step!, notANumber(contentOf(cell), 'a number'));
    } else if (step! <= open.lastStep) {
      refuse(mapping.step!, `must be more than ${open.lastStep}, the step before it, but is ${show(cell)}`);
    } else {
      open.lastStep = step!;
    }
  }
  for (const [f, column] of columns.features.entries()) {
    const cell = row.cells[column];
    if (mapping.values === 'strings') {
      open.strings.push(cell);
      if (cell === '' || cell.length > limits.datasetText) {
        refuse(mapping.features[f], `must be a string of 1 to ${limits.datasetText} characters, but is ${show(cell)}`);
      }
      continue;
    }
    const value = numberOf(cell);
    open.numbers.push(value ?? Number.NaN);
    if (value === undefined) {
      refuse(mapping.features[f], notANumber(contentOf(cell), 'a number, or empty where it is missing'));
    }
  }
  const label = labelOf(row.cells[columns.label]);
  open.labels.push(isNoTarget(label) ? null : label);
  if (label.length > limits.datasetText) {
    refuse(mapping.label, `must have at most ${limits.datasetText} characters, but is ${show(label)}`);
  }
}

/** Without white space around it; 1.0 is the 1 that a program wrote which holds all numbers as fractions. */
function labelOf(cell: string): string {
  const text = cell.trim();
  return /^-?\d+\.0+$/.test(text) ? text.slice(0, text.indexOf('.')) : text;
}

/** Whether all labels are numbers, and where the first that is not whole stands. */
class LabelKinds {
  #fraction: { place: string; label: string } | undefined;
  #hasText = false;

  note(label: LabelValue | undefined, place: string): void {
    if (this.#hasText || typeof label !== 'string') return;
    if (!decimal.test(label)) this.#hasText = true;
    else if (!Number.isInteger(Number(label))) this.#fraction ??= { place, label };
  }

  refuseFractions(mistakes: UploadMistakes): void {
    if (this.#hasText || !this.#fraction) return;
    const { place, label } = this.#fraction;
    const message = `must be a class: labels that are numbers must be whole, but is ${show(label)}`;
    mistakes.add(place, `${message}; to learn amounts is not offered, so sort them into classes`);
  }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite float32, NaN for an empty cell (missing), undefined for what is neither. */
function numberOf(cell: string): number | undefined {
  if (cell.trim() === '') return Number.NaN;
  const value = contentOf(cell);
  return typeof value === 'number' && Math.abs(value) <= largestNumber ? value : undefined;
}

/** The number that a cell holds, or its text. */
function contentOf(cell: string): number | string {
  const text = cell.trim();
  return decimal.test(text) ? Number(text) : cell;
}
