/**
 * What a training calls the classes, features and symbols of its model.
 */
import { symbolsOf } from '../../../data/encoding/encoder.ts';
import type { Encoding } from '../../../data/training-data.ts';

export interface ModelNames {
  labels?: readonly (string | number)[];
  features?: readonly string[];
  /** In the order of the one-hot inputs; undefined where unknown ones share a place. */
  symbols?: readonly (string | undefined)[];
}

export function modelNames({ inputs, labels }: Encoding): ModelNames {
  return {
    labels: labels ?? undefined,
    features: inputs.kind === 'numbers' ? inputs.names : undefined,
    symbols: inputs.kind === 'strings' ? symbolsOf(inputs) : undefined,
  };
}
