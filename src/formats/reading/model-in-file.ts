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
  /** encoding.json, where the file has one. */
  encoding?: string;
  /** What the file has that has no part in predictions. */
  ignored: string[];
}

/** A tensor of a file. Its numbers are read when they are asked for, so that its shape can be looked at before. */
export interface FileTensor {
  /** What the file calls it. */
  name: string;
  shape: readonly number[];
  values(): Float32Array;
}
