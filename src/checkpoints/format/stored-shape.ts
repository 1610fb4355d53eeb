/**
 * A model's description as a manifest has it. Manifests are older than descriptions: what they do not say is an LSTM
 * with a label for every step.
 */
import { type ModelDescription, type StackSettings, stackOf } from '../../model/description.ts';
import { outputsOf } from '../../model/layers/index.ts';

export type StoredShape = Pick<StackSettings, 'features' | 'classes' | 'units' | 'kind' | 'at'>;

/** The order of the fields is that of the manifests there are, whose bytes count. */
export function storedShape({ input, layers, head }: ModelDescription): StoredShape {
  const [{ kind }] = layers;
  return {
    features: input.features,
    classes: head.classes,
    units: layers.map(outputsOf),
    ...(kind === 'lstm' ? {} : { kind }),
    ...(head.at === 'every-step' ? {} : { at: head.at }),
  };
}

export function modelOfShape(shape: StoredShape): ModelDescription {
  return stackOf(shape);
}
