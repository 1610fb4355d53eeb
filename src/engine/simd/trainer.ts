/**
 * A trainer of the engine `simd`: hands batches to an instance of the module, has it update the weights, and translates
 * state between the instance's layout and the canonical one.
 */
import type { Batch } from '../../model/batch.ts';
import { tileRows } from '../../model/cost.ts';
import { initialSlots, type Optimizer, type OptimizerSlots, unknownOptimizer } from '../../model/optimizer.ts';
import { parameterCount } from '../../model/parameters.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import type { Metrics, Trainer, TrainerConfig, TrainerState } from '../contract.ts';
import { Helpers } from './helpers.ts';
import { addressOf, instanceFor, type SimdExports } from './module.ts';
import { packParameters, unpackParameters } from './packing.ts';

/** Ends the threads of a trainer that nobody has disposed of. */
const forgotten = new FinalizationRegistry<Helpers>((helpers) => helpers.end());

export class SimdTrainer implements Trainer {
  readonly #config: TrainerConfig;
  readonly #instance: SimdExports;
  readonly #helpers: Helpers | null;
  readonly #weights: number;
  readonly #numbers: number;
  /** Where each slot lies that is as long as the parameters. */
  readonly #slots: ReadonlyMap<string, number>;
  /** Where a batch is written to. */
  readonly #inputs: Float32Array;
  readonly #labels: Int32Array;
  readonly #mask: Float32Array;
  readonly #starts: Uint8Array;
  #stepped = false;

  constructor(config: TrainerConfig, state: TrainerState, threads: number) {
    const { model, batchSize: B, sequenceLength: T } = config;
    const slotNames = Object.keys(initialSlots(config.optimizer, 0)).filter((name) => name !== 'betaPowers');
    const instance = instanceFor(model, threads > 1 ? 'shared' : 'own', (planned) =>
      planned.planTrainer(model.head.classes, B, T, slotNames.length, threads),
    );
    chooseOptimizer(instance, config.optimizer);
    const { buffer } = instance.memory;
    this.#config = config;
    this.#instance = instance;
    this.#weights = addressOf(instance.parameters);
    this.#numbers = addressOf(instance.parameterNumbers);
    const slots = addressOf(instance.slots);
    this.#slots = new Map(slotNames.map((name, index) => [name, slots + index * this.#numbers * 4]));
    this.#inputs = new Float32Array(buffer, addressOf(instance.inputs), T * B * model.input.features);
    this.#labels = new Int32Array(buffer, addressOf(instance.labels), T * B);
    this.#mask = new Float32Array(buffer, addressOf(instance.mask), T * B);
    this.#starts = new Uint8Array(buffer, addressOf(instance.starts), B);
    this.#restore(state);
    this.#helpers = threads > 1 ? new Helpers(instance, threads - 1) : null;
    if (this.#helpers) forgotten.register(this, this.#helpers);
  }

  step(batch: Batch): void {
    this.#write(batch);
    const { batchSize, sequenceLength } = batch;
    this.#compute(() => this.#instance.trainStep(batchSize, sequenceLength, this.#config.carryState));
    this.#stepped = true;
  }

  metrics(): Metrics {
    if (!this.#stepped) throw new Error('There are no metrics before the first step.');
    return { loss: this.#instance.meanLoss(), accuracy: this.#instance.accuracy() };
  }

  probabilities(batch: Batch): Float32Array {
    this.#write(batch);
    const { batchSize, sequenceLength } = batch;
    const address = addressOf(
      this.#compute(() => this.#instance.computeProbabilities(batchSize, sequenceLength, false)),
    );
    const tileNumbers = this.#instance.probabilitiesStride() / 4;
    const tiles = Math.ceil(batchSize / tileRows);
    const packed = this.#floats(address, sequenceLength * tiles * tileNumbers);
    return rowsOfTiles(packed, tileNumbers, batch, this.#config.model.head.classes);
  }

  state(): TrainerState {
    const slots: OptimizerSlots = {};
    for (const name of Object.keys(initialSlots(this.#config.optimizer, 0))) {
      const address = this.#slots.get(name);
      slots[name] = address === undefined ? this.#betaPowers().slice() : this.#unpacked(address);
    }
    const carried = new Float32Array(stateLength(this.#config.model, this.#config.batchSize));
    for (const { flat, tiled } of this.#carriedPlaces()) carried[flat] = tiled.values[tiled.index];
    return { weights: this.#unpacked(this.#weights), slots, carried };
  }

  /** Size of the instance's memory: fixed from the start. */
  get memoryBytes(): number {
    return this.#instance.memory.buffer.byteLength;
  }

  /** The instance's memory goes with the last reference to this trainer. */
  dispose(): void {
    this.#helpers?.end();
  }

  /** On all threads. When one of them fails, so does this, and whatever is asked for afterwards. */
  #compute<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (cause) {
      this.dispose();
      throw new Error(`A thread of the trainer has failed: ${cause}`, { cause: this.#helpers?.failure ?? cause });
    }
  }

  #restore({ weights, slots, carried }: TrainerState): void {
    const { model } = this.#config;
    packParameters(model, weights, this.#floats(this.#weights, this.#numbers));
    for (const [name, address] of this.#slots) {
      packParameters(model, slots[name], this.#floats(address, this.#numbers));
    }
    if (slots.betaPowers) this.#betaPowers().set(slots.betaPowers);
    for (const { flat, tiled } of this.#carriedPlaces()) tiled.values[tiled.index] = carried[flat];
  }

  /** Copies a batch into the instance. */
  #write({ batchSize: B, sequenceLength: T, inputs, labels, mask, starts }: Batch): void {
    const { batchSize, sequenceLength, model } = this.#config;
    if (B > batchSize || T > sequenceLength) {
      throw new RangeError(`A batch of ${B}x${T} does not fit into a trainer for ${batchSize}x${sequenceLength}.`);
    }
    this.#inputs.set(first(inputs, T * B * model.input.features));
    this.#labels.set(first(labels, T * B));
    this.#mask.set(first(mask, T * B));
    if (starts) this.#starts.set(first(starts, B));
    else this.#starts.fill(0);
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#instance.memory.buffer, address, length);
  }

  #betaPowers(): Float32Array {
    return this.#floats(addressOf(this.#instance.betaPowers), 2);
  }

  #unpacked(address: number): Float32Array {
    const { model } = this.#config;
    const values = new Float32Array(parameterCount(model));
    unpackParameters(model, this.#floats(address, this.#numbers), values);
    return values;
  }

  /** Every number of the carried state: where it lies in the flat vector, and where in the instance. */
  *#carriedPlaces() {
    const { model, batchSize: B } = this.#config;
    let flat = 0;
    for (const { layer, vector, width: H } of stateSegments(model, B)) {
      const address = addressOf(this.#instance.carriedState(layer, vector));
      const values = this.#floats(address, Math.ceil(B / tileRows) * H * tileRows);
      for (let row = 0; row < B; row++) {
        for (let unit = 0; unit < H; unit++) {
          const tile = Math.floor(row / tileRows);
          yield { flat: flat++, tiled: { values, index: (tile * H + unit) * tileRows + (row % tileRows) } };
        }
      }
    }
  }
}

function chooseOptimizer(instance: SimdExports, optimizer: Optimizer): void {
  const { learningRate, clipNorm } = optimizer;
  switch (optimizer.type) {
    case 'sgd':
      instance.useSgd(learningRate);
      break;
    case 'momentum':
      instance.useMomentum(learningRate, optimizer.momentum, optimizer.nesterov);
      break;
    case 'rmsprop':
      instance.useRmsprop(learningRate, optimizer.decay, optimizer.momentum, optimizer.epsilon, optimizer.centered);
      break;
    case 'adam':
      instance.useAdam(learningRate, optimizer.beta1, optimizer.beta2, optimizer.epsilon);
      break;
    case 'adagrad':
      instance.useAdagrad(learningRate, optimizer.epsilon);
      break;
    default:
      throw unknownOptimizer(optimizer);
  }
  if (clipNorm !== null) instance.clipTo(clipNorm);
}

/** [T][tile][..C..][8] → [T,B,C] */
function rowsOfTiles(
  packed: Float32Array,
  tileNumbers: number,
  { sequenceLength: T, batchSize: B }: Batch,
  C: number,
): Float32Array {
  const tiles = Math.ceil(B / tileRows);
  const rows = new Float32Array(T * B * C);
  let to = 0;
  for (let t = 0; t < T; t++) {
    for (let row = 0; row < B; row++) {
      const from = (t * tiles + Math.floor(row / tileRows)) * tileNumbers + (row % tileRows);
      for (let k = 0; k < C; k++) rows[to++] = packed[from + k * tileRows];
    }
  }
  return rows;
}

/** The first `length` elements, without a new view where that is all there are. */
function first<View extends Float32Array | Int32Array | Uint8Array>(values: View, length: number): View {
  return values.length === length ? values : (values.subarray(0, length) as View);
}
