/**
 * What a format makes of a checkpoint: one file, sent piece by piece.
 */
import type { RawInputs } from '../../../formats/graph-inputs.ts';
import type { ModelDescription } from '../../../model/description.ts';

/** A checkpoint as formats see it. */
export interface PackagedModel {
  description: ModelDescription;
  /** The content of encoding.json: all that the model's users need to know beside the network. */
  encoding: object;
  /** How the graph encodes steps that come as they are; null: they come encoded. */
  raw: RawInputs | null;
  /** Whether the graph takes lengths as well, and whether it takes and gives the state. */
  lengths: boolean;
  state: boolean;
  /** The state vectors that a sequence starts from; null: it starts from zero. */
  initialState: Float32Array | null;
  /** When the checkpoint was stored. */
  createdAt: string;
  /** model.json as it is stored. */
  modelJson: Uint8Array;
  /** weights.bin: the flat parameter vector, little-endian float32. */
  weights: { bytes: number; pieces(): AsyncIterable<Uint8Array> };
}

export interface Package {
  /** How its name ends, without a dot. */
  extension: string;
  mediaType: 'application/zip' | 'application/octet-stream';
  bytes: number;
  pieces(): AsyncIterable<Uint8Array>;
}
