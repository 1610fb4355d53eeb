/**
 * The kinds of layers that the engine knows: on the project's own ops, and on those that every TensorFlow has.
 */
import type { TensorFlowLayerKind } from '../definition.ts';
import { blockLstm } from './block-lstm.ts';
import type { RunLayer } from './layer.ts';
import { ownLstm } from './own-lstm.ts';

/** How each kind is run. */
export type LayerRunners = Record<TensorFlowLayerKind, RunLayer>;

export const ownLayers: LayerRunners = { lstm: ownLstm };
export const stockLayers: LayerRunners = { lstm: blockLstm };
