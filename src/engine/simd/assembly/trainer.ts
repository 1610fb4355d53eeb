/**
 * What a trainer keeps in memory. The caller adds the layers, plans, fills in weights and slots, writes a batch to
 * `inputs`, `labels`, `mask` and `starts`, and calls `trainStep` (step.ts).
 */
import { commit, plan, planNumbers } from './arena';
import { planBatch } from './batch';
import { planBatch as planLayerBatch } from './layers/index';
import { planOutcomes } from './metrics';
import { addSoftmax, adoptLayers, backwardStride, Layer, layerAt, layerCount, parameterNumbers, parameters } from './model';
import { outerProductsScratch } from './arithmetic/outer-products';
import { logitsStride } from './softmax';
import { joinThreads, thread, threads } from './threads';

/** As long as `parameters`, and packed alike; so is each of the `slots`, one after the other. */
export let gradient: usize = 0;
export let slots: usize = 0;
/** Adam's [2]. */
export let betaPowers: usize = 0;
/** Of `outerProducts`, this thread's own. */
export let scratch: usize = 0;

/** What all threads have to know of a trainer, so in memory: the sizes it was planned for, and the batch at hand. */
@unmanaged
class Trainer {
  layers: i32;
  classes: i32;
  batchSize: i32;
  sequenceLength: i32;
  slots: i32;
  threads: i32;
  /** Of the batch at hand: tiles of a time step, and time steps. */
  tiles: i32;
  steps: i32;
  /** 1/Σmask of a batch to train on; below 0: only its probabilities are asked for. */
  lossScale: f32;
}

/** Of `lossScale`. */
export const probabilitiesOnly: f32 = -1;

export const trainer = changetype<Trainer>(memory.data(offsetof<Trainer>(), 16));

/** Plans all for batches of up to B rows and T steps, on the layers added before. False: it does not fit into memory. */
export function planTrainer(classes: i32, B: i32, T: i32, slotCount: i32, threadCount: i32): bool {
  trainer.layers = layerCount;
  trainer.classes = classes;
  trainer.batchSize = B;
  trainer.sequenceLength = T;
  trainer.slots = slotCount;
  trainer.threads = threadCount;
  joinThreads(0, threadCount);
  layOut();
  if (!commit()) return false;
  const tiles = <u64>((B + 7) >> 3);
  for (let l = 0; l <= layerCount; l++) fillOnes(layerAt(l), (<u64>T + 1) * tiles);
  return true;
}

/**
 * Makes this instance the thread of that number of the trainer that the memory holds: the same plan once more tells
 * where everything lies.
 */
export function joinTrainer(number: i32): void {
  joinThreads(number, trainer.threads);
  adoptLayers(trainer.layers);
  layOut();
}

function layOut(): void {
  addSoftmax(trainer.classes);
  const tiles = <u64>((trainer.batchSize + 7) >> 3);
  const steps = <u64>trainer.sequenceLength * tiles;
  gradient = planNumbers(<u64>parameterNumbers);
  slots = planNumbers(<u64>parameterNumbers * <u64>trainer.slots);
  betaPowers = planNumbers(2);
  planBatch(trainer.batchSize, trainer.sequenceLength);
  planOutcomes(steps);
  let scratchBytes: u64 = 0;
  for (let l = 0; l <= layerCount; l++) scratchBytes = max(scratchBytes, outerProductsScratch(layerAt(l).depth));
  scratch = plan(scratchBytes * <u64>threads) + <usize>scratchBytes * <usize>thread;
  for (let l = 0; l <= layerCount; l++) planLayer(layerAt(l), steps, tiles, l == layerCount);
}

function planLayer(layer: Layer, steps: u64, tiles: u64, isSoftmax: bool): void {
  layer.gradient = gradient + (layer.weights - parameters);
  layer.transposed = planNumbers(<u64>((layer.backRows + 3) >> 2) * <u64>layer.groups * 16);
  layer.joined = planNumbers((steps + tiles) * <u64>layer.depth * 8);
  layer.gates = planNumbers(steps * <u64>layer.groups * 32);
  layer.backward = planNumbers(tiles * <u64>(backwardStride(layer) >> 2));
  if (isSoftmax) return;
  layer.carriedHidden = planNumbers(tiles * <u64>layer.units * 8);
  planLayerBatch(layer, steps, tiles);
}

/** The last row of `joined`, which the biases are multiplied with; nothing else writes there. */
function fillOnes(layer: Layer, count: u64): void {
  const stride = (<usize>layer.depth) << 5;
  let row = layer.joined + stride - 32;
  for (let s: u64 = 0; s < count; s++) {
    v128.store(row, f32x4.splat(1));
    v128.store(row, f32x4.splat(1), 16);
    row += stride;
  }
}

/** Where what is carried of a layer's state vector lies, [tile][H][8]. */
export function carriedState(layer: i32, vector: i32): usize {
  return vector == 0 ? layerAt(layer).carriedHidden : layerAt(layer).carriedCells;
}

/** Bytes of one tile of probabilities. */
export function probabilitiesStride(): usize {
  return logitsStride(layerAt(layerCount));
}
