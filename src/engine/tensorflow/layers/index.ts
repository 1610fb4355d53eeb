/**
 * The kinds of layers that the engine knows: on the project's own ops, and on those that every TensorFlow has.
 */
import type { LayerDescription, LayerKind } from '../../../model/layers/index.ts';
import type { TensorFlowLayerKind } from '../definition.ts';
import { blockLstm } from './block-lstm.ts';
import type { RunLayer } from './layer.ts';
import { ownLstm } from './own-lstm.ts';

/** How each kind is run. */
export type LayerRunners = Record<TensorFlowLayerKind, RunLayer>;

/** @throws TypeError for a kind that `supports` of the engine's definition refuses. */
export function runnerOf(layers: LayerRunners, { kind }: LayerDescription): RunLayer {
  const run = (layers as Partial<Record<LayerKind, RunLayer>>)[kind];
  if (!run) throw new TypeError(`The engine tensorflow has no layers of kind ${kind}.`);
  return run;
}

export const ownLayers: LayerRunners = { lstm: ownLstm };
export const stockLayers: LayerRunners = { lstm: blockLstm };
