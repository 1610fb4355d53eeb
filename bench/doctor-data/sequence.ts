/**
 * A sequence that generators fill.
 */
import type { Sequence } from '../../src/diagnosis/sampling/sample.ts';

/** Inputs and labels are 0, and every step is labelled. */
export function emptySequence(length: number, features = 1): Sequence {
  return {
    inputs: new Float32Array(length * features),
    labels: new Int32Array(length),
    mask: new Float32Array(length).fill(1),
    length,
  };
}
