/**
 * Prediction of one sequence: the other layout, where a vector holds the four gates of a unit instead of four rows of a
 * batch. No row is padding, so it is several times faster for one row. Every sum runs in the trainer's order, so the
 * probabilities are the trainer's to the bit.
 *
 * Buffers of a layer: joined [K] as in lstm.ts, gates [H][i, f, o, g], cells [H], tanhCells [H], backward [H] (o, then
 * h of this step); of the softmax layer: joined [K], gates [C]. All are filled up to a multiple of eight. What was just
 * stored number by number is not loaded as a vector: a processor would wait for it.
 */
import { commit, planNumbers } from './arena';
import { exponential, gatesTable, squash, tanhTable } from './functions';
import { addSoftmax, Layer, layerAt, layerCount } from './model';

/** A piece of a sequence as the caller gives it, [steps][I], and its probabilities, [steps][C]. */
export let sequence: usize = 0;
export let probabilities: usize = 0;

/** Plans all for pieces of up to `steps` steps, on the layers added before. False: it does not fit into memory. */
export function planPredictor(classes: i32, steps: i32): bool {
  addSoftmax(classes);
  sequence = planNumbers(<u64>steps * <u64>layerAt(0).inputs);
  probabilities = planNumbers(<u64>steps * <u64>classes);
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    const padded = <u64>((layer.units + 7) & ~7);
    layer.joined = planNumbers(<u64>layer.depth + 4);
    layer.gates = planNumbers(padded * 4);
    layer.cells = planNumbers(padded);
    layer.tanhCells = planNumbers(padded);
    layer.backward = planNumbers(padded);
  }
  if (!commit()) return false;
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    store<f32>(layer.joined + ((<usize>(layer.depth - 1)) << 2), 1);
  }
  return true;
}

/** Forgets the sequence so far: the next piece starts from zero state. */
export function startSequence(): void {
  for (let l = 0; l < layerCount; l++) {
    const layer = layerAt(l);
    memory.fill(layer.joined, 0, (<usize>layer.units) << 2);
    memory.fill(layer.cells, 0, (<usize>layer.units) << 2);
  }
}

/** Where the state of a layer lies, h [H] and c [H], between two pieces: to start a sequence from another state than zero. */
export function sequenceHidden(layer: i32): usize {
  return layerAt(layer).joined;
}

export function sequenceCells(layer: i32): usize {
  return layerAt(layer).cells;
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
      predictLayer(layerAt(l), above.joined + (l + 1 < layerCount ? (<usize>above.units) << 2 : 0));
    }
    predictClasses(top, p);
    x += (<usize>first.inputs) << 2;
    p += (<usize>top.units) << 2;
  }
}

/** One step of one layer; h goes to its own next step and to `above`. */
function predictLayer(layer: Layer, above: usize): void {
  const gates = layer.gates;
  multiplyVector(layer.weights, layer.groups, layer.depth, layer.joined, gates);
  squash(gatesTable, gates, gates, 1, (layer.units + 1) >> 1, 0);
  updateCells(gates, layer.cells, layer.backward, layer.units);
  squash(tanhTable, layer.cells, layer.tanhCells, 1, (layer.units + 7) >> 3, 0);
  multiplyNumbers(layer.backward, layer.tanhCells, layer.units);
  copyNumbers(layer.backward, layer.joined, layer.units);
  copyNumbers(layer.backward, above, layer.units);
}

/**
 * out[group][4] = Σ_k weights[group][k][4] · input[k], k in ascending order. Four groups at a time, because each sum
 * has to wait for its own last addition.
 */
function multiplyVector(weights: usize, groups: i32, depth: i32, input: usize, out: usize): void {
  const panel = (<usize>depth) << 4;
  for (; groups >= 4; groups -= 4) {
    multiplyFour(weights, panel, input, out);
    weights += panel * 4;
    out += 64;
  }
  for (; groups > 0; groups--) {
    multiplyOne(weights, panel, input, out);
    weights += panel;
    out += 16;
  }
}

@inline
function multiplyFour(weights: usize, panel: usize, input: usize, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const end = weights + panel; weights < end; weights += 16) {
    const x = v128.load32_splat(input);
    s0 = f32x4.add(s0, f32x4.mul(v128.load(weights), x));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(weights + panel), x));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(weights + panel * 2), x));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(weights + panel * 3), x));
    input += 4;
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

@inline
function multiplyOne(weights: usize, panel: usize, input: usize, out: usize): void {
  let sum = f32x4.splat(0);
  for (const end = weights + panel; weights < end; weights += 16) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(weights), v128.load32_splat(input)));
    input += 4;
  }
  v128.store(out, sum);
}

/** cells = f·cells + i·g, and o to `outputs`: four units at a time, turned from gates side by side to units side by side. */
function updateCells(gates: usize, cells: usize, outputs: usize, units: i32): void {
  for (let u = 0; u < units; u += 4) {
    const a = v128.load(gates);
    const b = v128.load(gates, 16);
    const c = v128.load(gates, 32);
    const d = v128.load(gates, 48);
    const ifAb = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
    const ifCd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const ogAb = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
    const ogCd = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    const i = v128.shuffle<f32>(ifAb, ifCd, 0, 1, 4, 5);
    const f = v128.shuffle<f32>(ifAb, ifCd, 2, 3, 6, 7);
    const g = v128.shuffle<f32>(ogAb, ogCd, 2, 3, 6, 7);
    v128.store(cells, f32x4.add(f32x4.mul(f, v128.load(cells)), f32x4.mul(i, g)));
    v128.store(outputs, v128.shuffle<f32>(ogAb, ogCd, 0, 1, 4, 5));
    gates += 64;
    cells += 16;
    outputs += 16;
  }
}

/** values = values·factors, for `count` numbers, filled up to a multiple of four. */
function multiplyNumbers(values: usize, factors: usize, count: i32): void {
  for (const end = values + ((<usize>count) << 2); values < end; values += 16) {
    v128.store(values, f32x4.mul(v128.load(values), v128.load(factors)));
    factors += 16;
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

function copyNumbers(from: usize, to: usize, count: i32): void {
  for (const end = from + ((<usize>count) << 2); from < end; from += 4) {
    store<f32>(to, load<f32>(from));
    to += 4;
  }
}
