/**
 * Crops of the data: batches of some steps each of a row, from zero state, for a probe to be trained or asked.
 */
import type { Batch } from '../../model/batch.ts';
import type { Random } from '../../model/random.ts';
import { rowsOfSteps } from '../sampling/sample.ts';
import type { ProbedData } from './probed-data.ts';

export interface CropShape {
  /** Crops of a batch, and steps of a crop, at most. */
  batchSize: number;
  longest: number;
  /** Steps of the data from one step of a crop to the next. */
  stride: number;
}

/** Some steps of a row, a stride apart: `first` and `count` of them. */
interface Crop {
  first: number;
  count: number;
}

/** Cuts batches of crops out of the data. A batch is valid until the next is asked for. */
export class Crops {
  readonly #data: ProbedData;
  readonly #longest: number;
  readonly #stride: number;
  readonly #rowOf: Int32Array;
  readonly #batch: Batch;
  /** Labelled steps that train, and for every step of the data whether it is one. */
  readonly #training: Int32Array;
  readonly #trains: Uint8Array;
  readonly batchSize: number;
  /** Steps of each crop of the last batch; what comes after them is zero and does not count. */
  readonly lengths: Int32Array;

  constructor(data: ProbedData, training: Int32Array, { batchSize, longest, stride }: CropShape) {
    this.batchSize = batchSize;
    this.lengths = new Int32Array(batchSize);
    this.#data = data;
    this.#longest = longest;
    this.#stride = stride;
    this.#training = training;
    this.#trains = new Uint8Array(data.labels.length);
    for (const step of training) this.#trains[step] = 1;
    this.#rowOf = rowsOfSteps(data);
    const numbers = longest * batchSize;
    this.#batch = {
      batchSize,
      sequenceLength: longest,
      inputs: new Float32Array(numbers * data.features),
      labels: new Int32Array(numbers),
      mask: new Float32Array(numbers),
    };
  }

  /** Crops that hold a label that trains each, drawn at random, at a random place: so that every depth is learned. */
  around(random: Random): Batch {
    const { starts } = this.#data;
    const drawn = (): Crop => {
      const step = this.#training[random.integer(this.#training.length)];
      const row = this.#rowOf[step];
      const first = this.#back(step, random.integer(this.#longest));
      const most = Math.ceil((starts[row + 1] - first) / this.#stride);
      return { first, count: Math.min(this.#longest, most) };
    };
    return this.#fill(Array.from({ length: this.batchSize }, drawn), this.#longest, this.#trains);
  }

  /** Crops of at most `depth` steps that end at labels that train, drawn at random. */
  before(depth: number, random: Random): Batch {
    const draw = () => this.#training[random.integer(this.#training.length)];
    return this.#ending(Int32Array.from({ length: this.batchSize }, draw), depth, this.#trains);
  }

  /** Crops of at most `depth` steps that end at the given ones, without labels. */
  ending(steps: Int32Array, depth: number): Batch {
    return this.#ending(steps, depth);
  }

  #ending(steps: Int32Array, depth: number, counts?: Uint8Array): Batch {
    const longest = Math.min(depth, this.#longest);
    const crops = Array.from(steps, (step): Crop => {
      const first = this.#back(step, longest - 1);
      return { first, count: (step - first) / this.#stride + 1 };
    });
    return this.#fill(crops, longest, counts);
  }

  /** The step so many strides before one, or the earliest of its row. */
  #back(step: number, strides: number): number {
    const before = Math.floor((step - this.#data.starts[this.#rowOf[step]]) / this.#stride);
    return step - this.#stride * Math.min(strides, before);
  }

  #fill(crops: Crop[], T: number, counts?: Uint8Array): Batch {
    const { features: I, labels, write } = this.#data;
    const { inputs, labels: intoLabels, mask } = this.#batch;
    const B = crops.length;
    mask.fill(0, 0, T * B);
    for (const [b, { first, count }] of crops.entries()) {
      this.lengths[b] = count;
      for (let t = 0; t < count; t++) {
        const step = first + t * this.#stride;
        write(step, inputs, (t * B + b) * I);
        if (!counts?.[step]) continue;
        intoLabels[t * B + b] = labels[step];
        mask[t * B + b] = 1;
      }
      for (let t = count; t < T; t++) inputs.fill(0, (t * B + b) * I, (t * B + b + 1) * I);
    }
    return { ...this.#batch, batchSize: B, sequenceLength: T };
  }
}
