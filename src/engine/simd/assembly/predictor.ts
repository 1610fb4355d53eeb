/**
 * Prediction of one sequence: the other layout, where a vector holds the four gates of a unit instead of four rows of a
 * batch. No row is padding, so it is several times faster for one row. Every sum runs in the trainer's order, so the
 * probabilities are the trainer's to the bit.
 *
 * Every layer has joined [K] as in layers/lstm.ts, and what its kind plans; the softmax layer has joined [K] and gates
 * [C]. All are filled up to a multiple of eight. What was just stored number by number is not loaded as a vector: a
 * processor would wait for it.
 */
import { commit, plan, planNumbers } from './arena';
import { exponential } from './arithmetic/functions';
import { copyNumbers, multiplyVector } from './arithmetic/row-kernels';
import { planRow, stepRow } from './layers/index';
import {
  addSoftmax,
  adoptLayers,
  copyLayers,
  Layer,
  layerAt,
  layerCount,
  layerTableBytes,
  useLayers,
} from './model';

/** A piece of a sequence as the caller gives it, [steps][I], and its probabilities, [steps][C]. */
export let sequence: usize = 0;
export let probabilities: usize = 0;

/**
 * Several instances may predict over one memory, with one copy of the parameters. All that a prediction writes to lies
 * in a lane; the lanes lie one after the other, and each but the first has a table of the layers, from `laneTables` on.
 */
export let laneTables: usize = 0;
export let laneBytes: usize = 0;

/**
 * Plans all for pieces of up to `steps` steps in each of `lanes`, on the layers added before, and uses the first lane.
 * False: it does not fit into memory.
 */
export function planPredictor(classes: i32, steps: i32, lanes: i32): bool {
  addSoftmax(classes);
  sequence = planNumbers(<u64>steps * <u64>layerAt(0).inputs);
  probabilities = planNumbers(<u64>steps * <u64>classes);
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    layer.joined = planNumbers(<u64>layer.depth + 4);
    if (l < layerCount) planRow(layer);
    else layer.gates = planNumbers(<u64>((layer.units + 7) & ~7) * 4);
  }
  laneBytes = plan(0) - sequence;
  plan(<u64>laneBytes * <u64>(lanes - 1));
  laneTables = plan(<u64>layerTableBytes * <u64>(lanes - 1));
  if (!commit()) return false;
  const first = sequence;
  for (let lane = 0; lane < lanes; lane++) {
    const distance = <usize>lane * laneBytes;
    if (lane > 0) copyLayers(tableOf(lane), first, distance);
    for (let l = 0; l <= layerCount; l++) {
      const layer = layerAt(l);
      store<f32>(layer.joined + distance + ((<usize>(layer.depth - 1)) << 2), 1);
    }
  }
  return true;
}

function tableOf(lane: i32): usize {
  return laneTables + <usize>(lane - 1) * layerTableBytes;
}

/** Makes of an instance over the memory of another one, which has its plan, a predictor in the first lane. */
export function joinPredictor(
  layers: i32,
  firstSequence: usize,
  firstProbabilities: usize,
  bytes: usize,
  tables: usize,
): void {
  adoptLayers(layers);
  sequence = firstSequence;
  probabilities = firstProbabilities;
  laneBytes = bytes;
  laneTables = tables;
}

/** Moves on to another lane, `from` the one in use; nobody else may use it at the same time. */
export function useLane(lane: i32, from: i32): void {
  const distance = <usize>(lane - from) * laneBytes;
  sequence += distance;
  probabilities += distance;
  useLayers(lane == 0 ? 0 : tableOf(lane));
}

/** Forgets the sequence so far: the next piece starts from zero state. */
export function startSequence(): void {
  for (let l = 0; l < layerCount; l++) {
    const layer = layerAt(l);
    memory.fill(layer.joined, 0, (<usize>layer.units) << 2);
    if (layer.cells) memory.fill(layer.cells, 0, (<usize>layer.units) << 2);
  }
}

/** Where a state vector of a layer lies between two pieces: to start from another state than zero, and to go on later. */
export function sequenceState(layer: i32, vector: i32): usize {
  return vector == 0 ? layerAt(layer).joined : layerAt(layer).cells;
}

/** Runs the next piece of a sequence. */
export function predictPiece(steps: i32): void {
  const first = layerAt(0);
  const top = layerAt(layerCount);
  let x = sequence;
  let p = probabilities;
  for (let t = 0; t < steps; t++) {
    copyNumbers(x, first.joined + ((<usize>first.units) << 2), first.inputs);
    for (let l = 0; l < layerCount; l++) {
      const above = layerAt(l + 1);
      stepRow(layerAt(l), above.joined + (l + 1 < layerCount ? (<usize>above.units) << 2 : 0));
    }
    predictClasses(top, p);
    x += (<usize>first.inputs) << 2;
    p += (<usize>top.units) << 2;
  }
}

/** The softmax of one step, to `out` [C]. */
function predictClasses(top: Layer, out: usize): void {
  const logits = top.gates;
  const end = logits + ((<usize>top.units) << 2);
  multiplyVector(top.weights, top.groups, top.depth, top.joined, logits);
  let largest = load<f32>(logits);
  for (let x = logits; x < end; x += 4) {
    const value = load<f32>(x);
    largest = value > largest ? value : largest;
  }
  for (let x = logits; x < end; x += 16) v128.store(x, f32x4.sub(v128.load(x), f32x4.splat(largest)));
  exponential(logits, top.groups);
  let sum: f32 = 0;
  for (let x = logits; x < end; x += 4) sum += load<f32>(x);
  const factor: f32 = 1 / sum;
  for (let x = logits; x < end; x += 4) {
    store<f32>(out, load<f32>(x) * factor);
    out += 4;
  }
}
