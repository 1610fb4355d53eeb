/**
 * The kinds of layers that the engine knows: for each, which WebAssembly module computes it, and how that module
 * orders its parameters. All layers of a model are of one kind.
 */
import type { ModelDescription } from '../../model/description.ts';
import type { LayerKind } from '../../model/layers/index.ts';

/** Two builds of the same sources, because a memory that threads share is a little slower. */
export type MemoryKind = 'own' | 'shared';

export interface SimdLayer {
  files: Record<MemoryKind, string>;
  /** Where each gate, in the order of the canonical columns, stands in a unit's group of four columns. */
  gatePlaces: readonly number[];
}

export const simdLayers: Partial<Record<LayerKind, SimdLayer>> = {
  // i, f, g, o: the gates of the logistic function come first.
  lstm: { files: { own: 'lstm.wasm', shared: 'lstm-shared.wasm' }, gatePlaces: [0, 1, 3, 2] },
};

/** What computes this model. @throws TypeError for a kind that `supports` of the engine's definition refuses. */
export function simdLayerOf({ layers }: ModelDescription): SimdLayer {
  const [{ kind }] = layers;
  const layer = simdLayers[kind];
  if (!layer) throw new TypeError(`The engine simd has no layers of kind ${kind}.`);
  return layer;
}
