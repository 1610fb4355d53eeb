/**
 * The file of weights of a `.keras` archive, model.weights.h5: what lies before and after the flat parameter vector,
 * which is part of it as it lies in memory.
 */
import { type Group, hdf5Header } from './hdf5.ts';
import type { KerasLayer, KerasWeight } from './layers.ts';

export interface KerasWeightsFile {
  header: Uint8Array;
  /** Constants that are no parameters: the initial state, and the zeros of its layers. */
  trailer: Float32Array;
}

/** @param initialState vectors of one row; null: there is none among the layers. */
export function kerasWeightsFile(layers: readonly KerasLayer[], initialState: Float32Array | null): KerasWeightsFile {
  const named = withGroupNames(layers);
  const isConstant = ({ layer }: { layer: KerasLayer }) => layer.weights.some(({ from }) => !isOfVector(from));
  const constants = named.filter(isConstant);
  // Data lie in the order of the groups: first those of the flat vector.
  const groups = [...named.filter((entry) => !isConstant(entry)), ...constants].map(({ name, layer }) => [
    name,
    groupOf(layer),
  ]);
  return {
    header: hdf5Header({ layers: Object.fromEntries(groups), vars: {} }),
    trailer: concatenated(
      constants.flatMap(({ layer }) => layer.weights.map((weight) => numbersOf(weight, initialState))),
    ),
  };
}

/** Keras calls the groups by the classes of the layers, and counts those of one class: lstm, lstm_1, dense. */
function withGroupNames(layers: readonly KerasLayer[]): { name: string; layer: KerasLayer }[] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const base = snakeCase(layer.className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return { name: count === 0 ? base : `${base}_${count}`, layer };
  });
}

/** As Keras has it: GlobalMaxPooling1D becomes global_max_pooling1d. */
function snakeCase(className: string): string {
  return className
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Recurrent layers keep their weights in a cell. Earlier versions of Keras look for `vars` also where there are none. */
function groupOf({ className, weights }: KerasLayer): Group {
  const variables: Group = { vars: Object.fromEntries(weights.map(({ shape }, n) => [String(n), shape])) };
  return className === 'Dense' || weights.length === 0 ? variables : { cell: variables, vars: {} };
}

function isOfVector(from: KerasWeight['from']): boolean {
  return typeof from === 'object' && 'parameters' in from;
}

function numbersOf({ shape, from }: KerasWeight, initialState: Float32Array | null): Float32Array {
  const length = shape.reduce((product, dimension) => product * dimension, 1);
  if (typeof from === 'string' || !('state' in from)) return new Float32Array(length);
  return initialState!.subarray(from.state, from.state + length);
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
