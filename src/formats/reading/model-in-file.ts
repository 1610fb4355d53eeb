/**
 * What is read of a file, whatever its format.
 */
import type { ModelDescription } from '../../model/description.ts';
import type { ModelFormat } from './model-formats.ts';

export interface ModelInFile {
  format: ModelFormat;
  description: ModelDescription;
  /** The flat parameter vector. */
  weights: Float32Array;
  /** The state vectors of one row from which sequences start; undefined: the file says nothing of it. */
  initialState?: Float32Array;
  /** What layers in front of the network make of numbers; undefined: there are none. */
  standardization?: Standardization;
  /** encoding.json, where the file has one. */
  encoding?: string;
  /** What the file has that has no part in predictions. */
  ignored: string[];
}

/** What becomes of raw numbers: (x - mean) / scale, feature by feature. */
export interface Standardization {
  mean: number[];
  scale: number[];
}

/** A tensor of a file. Its numbers are read when they are asked for, so that its shape can be looked at before. */
export interface FileTensor {
  /** What the file calls it. */
  name: string;
  shape: readonly number[];
  values(): Float32Array;
}
