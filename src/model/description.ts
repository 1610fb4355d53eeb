/**
 * What a model is, as data: its input, its layers, its head. Parameters, state, initial values, cost and export
 * follow from it, each in a file of this folder.
 */
import {
  type LayerDescription,
  type LayerKind,
  type LayerSettings,
  layerDefinitions,
  outputsOf,
} from './layers/index.ts';

export interface ModelDescription {
  input: InputDescription;
  /** First layer first; at least one. */
  layers: readonly LayerDescription[];
  head: HeadDescription;
}

interface InputDescription {
  /** I: numbers in one step. */
  features: number;
}

/** Where labels lie: on every step, or one at the end of each sequence, which belongs to all of it. */
export const labelPlaces = ['every-step', 'end'] as const;
export type LabelPlace = (typeof labelPlaces)[number];

/** The softmax layer over the outputs of the last layer. */
export interface HeadDescription {
  /** C */
  classes: number;
  /** Engines need not know it: they compute every step, and the mask says which of them count. */
  at: LabelPlace;
}

/** What most models are made of. */
export interface StackSettings extends Omit<LayerSettings, 'units'> {
  features: number;
  /** H of each layer, first layer first. */
  units: readonly number[];
  classes: number;
  /** `lstm` if not told. */
  kind?: LayerKind;
  /** `every-step` if not told. */
  at?: HeadDescription['at'];
}

/** Layers of one kind on top of each other, and the head. */
export function stackOf(settings: StackSettings): ModelDescription {
  const { features, units, classes, kind = 'lstm', at = 'every-step', ...ofLayers } = settings;
  return {
    input: { features },
    layers: units.map((H) => layerDefinitions[kind].describe({ ...ofLayers, units: H })),
    head: { classes, at },
  };
}

/** How many numbers each layer takes at each step, and after the last layer the head: the input's, then the outputs of the layer below. */
export function inputWidths({ input, layers }: ModelDescription): number[] {
  return [input.features, ...layers.map(outputsOf)];
}

/** Units of all layers together. */
export function unitsOf({ layers }: ModelDescription): number {
  return layers.reduce((sum, layer) => sum + outputsOf(layer), 0);
}
