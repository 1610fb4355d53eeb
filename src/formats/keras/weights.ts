/**
 * The file of weights of a `.keras` archive, model.weights.h5: what lies before and after the flat parameter vector,
 * which is part of it as it lies in memory.
 */
import { joinedArrays, sizeOf } from '../../model/arrays.ts';
import { groupNames, isInCell } from './groups.ts';
import { type Group, hdf5Header } from './hdf5.ts';
import type { KerasLayer, KerasWeight } from './layers.ts';

export interface KerasWeightsFile {
  header: Uint8Array;
  /** Constants that are no parameters: the initial state, the zeros of its layers, what encodes inputs. */
  trailer: Float32Array;
}

/** @param initialState vectors of one row; null: there is none among the layers. */
export function kerasWeightsFile(layers: readonly KerasLayer[], initialState: Float32Array | null): KerasWeightsFile {
  const names = groupNames(layers.map(({ className }) => className));
  const named = layers.map((layer, l) => ({ name: names[l], layer }));
  const isConstant = ({ layer }: { layer: KerasLayer }) => layer.weights.some(({ from }) => !isOfVector(from));
  const constants = named.filter(isConstant);
  // Data lie in the order of the groups: first those of the flat vector.
  const groups = [...named.filter((entry) => !isConstant(entry)), ...constants].map(({ name, layer }) => [
    name,
    groupOf(layer),
  ]);
  return {
    header: hdf5Header({ layers: Object.fromEntries(groups), vars: {} }),
    trailer: joinedArrays(
      constants.flatMap(({ layer }) => layer.weights.map((weight) => numbersOf(weight, initialState))),
    ),
  };
}

/** Earlier versions of Keras look for `vars` also where there are none. */
function groupOf({ className, weights }: KerasLayer): Group {
  const variables: Group = { vars: Object.fromEntries(weights.map(({ shape }, n) => [String(n), shape])) };
  return isInCell(className) && weights.length > 0 ? { cell: variables, vars: {} } : variables;
}

function isOfVector(from: KerasWeight['from']): boolean {
  return typeof from === 'object' && 'parameters' in from;
}

function numbersOf({ shape, from }: KerasWeight, initialState: Float32Array | null): Float32Array {
  const length = sizeOf(shape);
  if (typeof from === 'object' && 'constant' in from) return from.constant;
  if (typeof from === 'string' || !('state' in from)) return new Float32Array(length);
  return initialState!.subarray(from.state, from.state + length);
}
