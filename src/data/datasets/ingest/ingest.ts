/**
 * An upload on its way to the store: parsed sequences are checked against each other, counted for the data sheet and
 * written as typed arrays, a block at a time.
 */
import type { LabelPlace } from '../../../model/description.ts';
import { show } from '../../../platform/input/shown.ts';
import { limits } from '../../../platform/limits.ts';
import type { BlobWriter, Draft } from '../../../storage/blob-store.ts';
import { unknowable } from '../../task.ts';
import { FeatureStatistics } from '../sheet.ts';
import { bytesOf } from '../stored/bytes.ts';
import type { UploadMistakes } from './mistakes.ts';
import { type Name, NameTable } from './names.ts';
import type { ParsedSequence } from './sequence.ts';

/**
 * What is known once the last sequence has been added. The files hold the numbers of `tokens` and `labels` in the order
 * of their appearance.
 */
export interface Ingested {
  kind: 'numbers' | 'strings';
  features: FeatureStatistics[];
  tokens: NameTable<string>;
  labels: NameTable<Name>;
  lengths: number[];
  steps: number;
  labelled: number;
  labelsAt: LabelPlace;
}

/** What is asked of lists that are longer than there are of them. */
const turnedRound = ': does x hold [channel, time]? Upload [time, channel], a list of all channels for each step';

export class Ingest {
  readonly #mistakes: UploadMistakes;
  readonly #inputs: BlobWriter;
  readonly #labels: BlobWriter;
  readonly #counted: Ingested = {
    kind: 'numbers',
    features: [],
    tokens: new NameTable(),
    labels: new NameTable(),
    lengths: [],
    steps: 0,
    labelled: 0,
    labelsAt: 'every-step',
  };
  #labelType: string | undefined;
  #firstPlace = '';

  private constructor(mistakes: UploadMistakes, inputs: BlobWriter, labels: BlobWriter) {
    this.#mistakes = mistakes;
    this.#inputs = inputs;
    this.#labels = labels;
  }

  /** Writes `inputs.raw` and `labels.raw` into the draft. */
  static async into(draft: Draft, mistakes: UploadMistakes): Promise<Ingest> {
    const inputs = await draft.create('inputs.raw');
    const labels = await draft.create('labels.raw');
    return new Ingest(mistakes, inputs, labels);
  }

  async add(sequence: ParsedSequence): Promise<void> {
    if (!this.#fits(sequence)) return;
    const inputs = this.#inputNumbers(sequence);
    const labels = this.#labelNumbers(sequence);
    // Once something is wrong the upload will be refused: go on reading, for further mistakes, but keep nothing.
    if (this.#mistakes.any) return;
    this.#counted.lengths.push(labels.length);
    this.#counted.steps += labels.length;
    await this.#inputs.append(bytesOf(inputs));
    await this.#labels.append(bytesOf(labels));
  }

  async finish(): Promise<Ingested> {
    if (!this.#mistakes.any && this.#counted.lengths.length === 0) {
      this.#mistakes.add('upload', 'must hold at least one sequence, but is empty');
    } else if (!this.#mistakes.any && this.#counted.labelled === 0) {
      this.#mistakes.add('upload', 'must have a label on at least one step, but has none');
    }
    this.#mistakes.throwIfAny();
    await this.#inputs.finish();
    await this.#labels.finish();
    return this.#counted;
  }

  async abandon(): Promise<void> {
    await this.#inputs.abandon();
    await this.#labels.abandon();
  }

  /** Whether the sequence is like the first one, and within the limits. */
  #fits({ place, inputs, labels, labelsAt }: ParsedSequence): boolean {
    const counted = this.#counted;
    const width = inputs.kind === 'numbers' ? inputs.width : 1;
    if (this.#firstPlace === '') {
      this.#firstPlace = place;
      counted.kind = inputs.kind;
      counted.labelsAt = labelsAt;
      if (inputs.kind === 'numbers') counted.features = Array.from({ length: width }, () => new FeatureStatistics());
    }
    const expected = counted.kind === 'numbers' ? counted.features.length : 1;
    if (inputs.kind !== counted.kind) {
      this.#mistakes.add(`${place}, x`, `must be ${counted.kind}, as at ${this.#firstPlace}, but is ${inputs.kind}`);
      return false;
    }
    if (labelsAt !== counted.labelsAt) {
      const forms = { 'every-step': 'a list with a label for each step', end: 'one label for the whole sequence' };
      this.#mistakes.add(
        `${place}, y`,
        `must be ${forms[counted.labelsAt]}, as at ${this.#firstPlace}, but is ${forms[labelsAt]}: upload the two kinds as two datasets`,
      );
      return false;
    }
    if (width !== expected) {
      // Sequences that have as many channels each, and times of their own: a list is what should be a column.
      const isTurned = labelsAt === 'end' && labels.length === counted.lengths[0] && labels.length < width;
      const remedy = isTurned ? turnedRound : '';
      this.#mistakes.add(
        `${place}, x`,
        `must have ${expected} features in a step, as at ${this.#firstPlace}, but has ${width}${remedy}`,
      );
      return false;
    }
    if (width > limits.features) {
      const remedy = labels.length < width ? turnedRound : '';
      this.#mistakes.stop(
        `${place}, x`,
        `must have at most ${limits.features} features in a step, but has ${width}${remedy}`,
      );
    }
    if (labels.length > limits.datasetLength) {
      this.#mistakes.add(place, `must have at most ${limits.datasetLength} steps, but has ${labels.length}`);
      return false;
    }
    this.#checkTotals(place, counted.steps + labels.length, width);
    return true;
  }

  #checkTotals(place: string, steps: number, width: number): void {
    const refuse = (what: string, limit: number) =>
      this.#mistakes.stop(place, `is too much: an upload may hold at most ${limit} ${what}`, 'dataset_too_large');
    if (this.#counted.lengths.length >= limits.datasetSequences) refuse('sequences', limits.datasetSequences);
    if (steps > limits.datasetSteps) refuse('steps', limits.datasetSteps);
    if (steps * width > limits.datasetValues) refuse('numbers', limits.datasetValues);
  }

  #inputNumbers({ place, inputs }: ParsedSequence): Float32Array | Int32Array {
    if (inputs.kind === 'numbers') {
      const values = Float32Array.from(inputs.values);
      for (let i = 0; i < values.length; i++) this.#counted.features[i % inputs.width].add(values[i]);
      return values;
    }
    const tokens = Int32Array.from(inputs.values, (text) => this.#counted.tokens.add(text));
    if (this.#counted.tokens.size > limits.vocabulary) {
      this.#mistakes.stop(`${place}, x`, `makes more than ${limits.vocabulary} different strings, which is the limit`);
    }
    return tokens;
  }

  #labelNumbers({ place, labels, labelsAt }: ParsedSequence): Int32Array {
    const path = (t: number) => (labelsAt === 'end' ? `${place}, y` : `${place}, y[${t}]`);
    const numbers = new Int32Array(labels.length);
    for (const [t, label] of labels.entries()) {
      if (label === null) {
        numbers[t] = unknowable;
        continue;
      }
      this.#labelType ??= typeof label;
      if (typeof label !== this.#labelType) {
        const expected = this.#labelType === 'number' ? 'an integer' : 'a string';
        this.#mistakes.add(path(t), `must be ${expected}, as the labels before it, but is ${show(label)}`);
        return numbers;
      }
      numbers[t] = this.#counted.labels.add(label);
      this.#counted.labelled++;
      if (this.#counted.labels.size > limits.classes) {
        this.#mistakes.stop(path(t), `makes more than ${limits.classes} classes, which is the limit`);
      }
    }
    return numbers;
  }
}
