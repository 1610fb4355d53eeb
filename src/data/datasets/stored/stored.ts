/**
 * A dataset whose sheet is known, in the store: read as a whole or in part. What is missing or not as long as the sheet
 * says is damaged: a CorruptDatasetError; any other failure of the disk says nothing of the dataset, and is thrown as
 * it is.
 */
import { CorruptDatasetError, NotFoundError } from '../../../platform/errors.ts';
import type { Blobs } from '../../../storage/blob-store.ts';
import { type Dataset, type DatasetFacts, type DatasetInputs, datasetFacts } from '../dataset.ts';
import type { DatasetSheet } from '../sheet.ts';
import { bytesOf } from './bytes.ts';
import { datasetFiles, datasetKey } from './keys.ts';

/** Steps `from` to `to` - 1 of the files. */
interface Run {
  from: number;
  to: number;
}

export class StoredDataset {
  readonly #blobs: Blobs;
  readonly sheet: DatasetSheet;

  constructor(blobs: Blobs, sheet: DatasetSheet) {
    this.#blobs = blobs;
    this.sheet = sheet;
  }

  /** What a job spec needs to know of it. */
  async facts(): Promise<DatasetFacts> {
    return datasetFacts(this.sheet, await this.#offsets());
  }

  /** All of it in memory. */
  async open(): Promise<Dataset> {
    const all = [{ from: 0, to: this.sheet.steps }];
    return { sheet: this.sheet, offsets: await this.#offsets(), ...(await this.#steps(all)) };
  }

  /** The first sequences whole, up to `count` of them; the sheet is that of the whole dataset. Nothing else is read. */
  async openFirst(count: number): Promise<Dataset> {
    const offsets = (await this.#offsets()).subarray(0, count + 1);
    const shown = [{ from: 0, to: offsets[offsets.length - 1] }];
    return { sheet: this.sheet, offsets, ...(await this.#steps(shown)) };
  }

  /** The first sequences, of each the first `lengths[s]` steps; otherwise as `openFirst`. */
  async openPart(lengths: Int32Array): Promise<Dataset> {
    const whole = await this.#offsets();
    const offsets = new Int32Array(lengths.length + 1);
    const runs: Run[] = [];
    for (const [s, length] of lengths.entries()) {
      offsets[s + 1] = offsets[s] + length;
      const last = runs.at(-1);
      if (last?.to === whole[s]) last.to += length;
      else runs.push({ from: whole[s], to: whole[s] + length });
    }
    return { sheet: this.sheet, offsets, ...(await this.#steps(runs)) };
  }

  /** Up to so many steps: all, or `runs` runs of equal length that lie evenly over the whole, each as a sequence. */
  async openSpread(steps: number, runs: number): Promise<Dataset> {
    const { sheet } = this;
    if (sheet.steps <= steps) return this.open();
    const length = Math.floor(steps / runs);
    const spread = Array.from({ length: runs }, (_, n): Run => {
      const from = Math.floor((n * (sheet.steps - length)) / (runs - 1));
      return { from, to: from + length };
    });
    const offsets = Int32Array.from({ length: runs + 1 }, (_, n) => n * length);
    return { sheet, offsets, ...(await this.#steps(spread)) };
  }

  /** [S+1], as in `Dataset`. */
  async #offsets(): Promise<Int32Array> {
    const { sheet } = this;
    const offsets = new Int32Array(sheet.sequences + 1);
    await this.#read(datasetFiles.offsets, offsets);
    if (offsets[sheet.sequences] !== sheet.steps) throw new CorruptDatasetError(sheet.id);
    return offsets;
  }

  /** Inputs and labels of some runs of steps, one after the other. */
  async #steps(runs: readonly Run[]): Promise<Pick<Dataset, 'inputs' | 'labels'>> {
    const { sheet } = this;
    const steps = runs.reduce((sum, { from, to }) => sum + to - from, 0);
    const labels = new Int32Array(steps);
    const width = sheet.inputs.kind === 'numbers' ? sheet.inputs.features.length : 1;
    const inputs: DatasetInputs =
      sheet.inputs.kind === 'numbers'
        ? { kind: 'numbers', width, values: new Float32Array(steps * width) }
        : { kind: 'strings', tokens: new Int32Array(steps) };
    const values = inputs.kind === 'numbers' ? inputs.values : inputs.tokens;
    let at = 0;
    for (const { from, to } of runs) {
      const end = at + to - from;
      await this.#read(datasetFiles.labels, labels.subarray(at, end), from);
      await this.#read(datasetFiles.inputs, values.subarray(at * width, end * width), from * width);
      at = end;
    }
    return { inputs, labels };
  }

  async #read(file: string, array: Float32Array | Int32Array, from = 0): Promise<void> {
    const { id } = this.sheet;
    const bytes = bytesOf(array);
    const found = await this.#blobs.readAt(datasetKey(id, file), bytes, from * array.BYTES_PER_ELEMENT);
    // A file is missing, or the whole dataset was deleted meanwhile.
    if (found === null && !(await this.#blobs.has(datasetKey(id)))) throw new NotFoundError('dataset', id);
    if (found !== bytes.length) throw new CorruptDatasetError(id);
  }
}
