/**
 * The kinds of layers, by name. A new kind is a file beside this one, and an entry here; each engine says which of them it can train.
 */
import type { LayerDefinition } from './definition.ts';
import { type LstmLayer, lstm } from './lstm.ts';

export type { LayerDefinition, LayerSettings, Parameter, StateVector } from './definition.ts';

export type LayerDescription = LstmLayer;
export type LayerKind = LayerDescription['kind'];

export const layerDefinitions: { [Kind in LayerKind]: LayerDefinition<Extract<LayerDescription, { kind: Kind }>> } = {
  lstm,
};

/** In the order in which they are offered; the first is the default. */
export const layerKinds = Object.keys(layerDefinitions) as LayerKind[];

export function definitionOf(layer: LayerDescription): LayerDefinition<LayerDescription> {
  return layerDefinitions[layer.kind];
}

export function outputsOf(layer: LayerDescription): number {
  return definitionOf(layer).outputs(layer);
}
