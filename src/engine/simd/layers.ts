/**
 * The kinds of layers that the engine knows, and for each how it orders a unit's parameters. What a kind computes is in
 * assembly/layers.
 */
import type { LayerDescription, LayerKind, Parameter } from '../../model/layers/index.ts';

export interface SimdLayer {
  /** Its number in assembly/layers/index.ts. */
  kind: number;
  /**
   * A unit's parameters are groups of four columns: where each H columns of a parameter, in canonical order, stand in
   * the group.
   */
  places: Record<Parameter['name'], readonly number[]>;
}

/** i, f, o, g: the gates of the logistic function come first. */
const lstmGates = [0, 1, 3, 2];

export const simdLayers: Partial<Record<LayerKind, SimdLayer>> = {
  lstm: { kind: 0, places: { kernel: lstmGates, recurrent: lstmGates, bias: lstmGates } },
};

/** @throws TypeError for a kind that `supports` of the engine's definition refuses. */
export function simdLayerOf({ kind }: LayerDescription): SimdLayer {
  const layer = simdLayers[kind];
  if (!layer) throw new TypeError(`The engine simd has no layers of kind ${kind}.`);
  return layer;
}
