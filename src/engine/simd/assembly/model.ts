/**
 * The model in memory: its layers, and its parameters as panels of four. Trainer and predictor share it.
 *
 * A layer's matrix and bias are one matrix over K = [h (H), x (I), 1] rows, cut into groups of four columns:
 * [group][K][4]. A layer's group is a unit, and its four columns are that unit's gates, in the order that its kind
 * states; a group of the softmax layer is four classes, the last group filled up with zeros.
 */
import { planNumbers } from './arena';

@unmanaged
export class Layer {
  /** Which of `layers/index.ts` it is; of no meaning for the softmax layer. */
  kind: i32;
  /** H, or C of the softmax layer. */
  units: i32;
  /** I: units of the layer below, or features. */
  inputs: i32;
  /** K: rows of the matrix; H+I+1, or I+1 of the softmax layer, which has no h. */
  depth: i32;
  /** H, or ⌈C/4⌉. */
  groups: i32;
  /** [groups][K][4] */
  weights: usize;
  gradient: usize;
  /** For back-propagation, [⌈rows/4⌉][groups·4][4]; rows are the first of K: all those whose input has a gradient. */
  transposed: usize;
  /** Rows of `transposed`: H+I, or H of the first layer, or I of the softmax layer. */
  backRows: i32;
  /** Where the trainer's or the predictor's activations lie; each states their layout. */
  joined: usize;
  gates: usize;
  backward: usize;
  /** What is carried to the next batch of the first state vector, h, which lies in `joined`. */
  carriedHidden: usize;
  /** Of kinds that have a second state vector, of H numbers too; 0 where there is none. */
  cells: usize;
  tanhCells: usize;
  cellGradients: usize;
  carriedCells: usize;
}

const maxLayers = 64;
export const layerTableBytes: usize = 64 * offsetof<Layer>();

/** In the instance's first page, which is there before anything is planned. */
const firstTable: usize = memory.data(64 * offsetof<Layer>(), 16);

/** The table of layers that this instance uses. */
let layers: usize = firstTable;

/** Layers below the softmax layer, which is layer number `layerCount`. */
export let layerCount: i32 = 0;

/** All parameters, layer after layer, and how many numbers that is, with the zeros of the last group: a multiple of 4. */
export let parameters: usize = 0;
export let parameterNumbers: i32 = 0;

@inline
export function layerAt(index: i32): Layer {
  return changetype<Layer>(layers + <usize>index * offsetof<Layer>());
}

/** Adds a layer on top. False: there are too many. */
export function addLayer(kind: i32, inputs: i32, units: i32): bool {
  if (layerCount >= maxLayers - 1) return false;
  const layer = layerAt(layerCount);
  layer.kind = kind;
  layer.units = units;
  layer.inputs = inputs;
  layer.depth = units + inputs + 1;
  layer.groups = units;
  layer.backRows = layerCount == 0 ? units : units + inputs;
  layerCount++;
  return true;
}

/** Uses another table of the same layers, whose activations lie elsewhere; 0: the first one. */
export function useLayers(table: usize): void {
  layers = table == 0 ? firstTable : table;
}

/**
 * Makes at `table` a copy of the layers in use with the same parameters; what lies at `start` or behind it, as all
 * activations do, lies `distance` further on.
 */
export function copyLayers(table: usize, start: usize, distance: usize): void {
  memory.copy(table, layers, layerTableBytes);
  for (let l = 0; l <= layerCount; l++) {
    const layer = table + <usize>l * offsetof<Layer>();
    for (let field = offsetof<Layer>('weights'); field < offsetof<Layer>(); field += sizeof<usize>()) {
      const address = load<usize>(layer + field);
      if (address >= start) store<usize>(layer + field, address + distance);
    }
  }
}

/** Takes over the layers that another thread's instance has added. */
export function adoptLayers(count: i32): void {
  layerCount = count;
}

/** Adds the softmax layer, and plans the parameters of all. */
export function addSoftmax(classes: i32): void {
  const top = layerAt(layerCount);
  top.units = classes;
  top.inputs = layerAt(layerCount - 1).units;
  top.depth = top.inputs + 1;
  top.groups = (classes + 3) >> 2;
  top.backRows = top.inputs;
  let numbers: u64 = 0;
  for (let l = 0; l <= layerCount; l++) numbers += numbersOf(layerAt(l));
  parameterNumbers = <i32>numbers;
  parameters = planNumbers(numbers);
  let at = parameters;
  for (let l = 0; l <= layerCount; l++) {
    const layer = layerAt(l);
    layer.weights = at;
    at += (<usize>numbersOf(layer)) << 2;
  }
}

/** Bytes of a tile of `backward`. */
@inline
export function backwardStride(layer: Layer): usize {
  return (<usize>((layer.backRows + 3) >> 2)) << 7;
}

/** Numbers in a layer's panels. */
export function numbersOf(layer: Layer): u64 {
  return <u64>layer.groups * <u64>layer.depth * 4;
}
