/**
 * A batch: what a model trains on at one step. `data/` makes them, engines consume them.
 *
 * Everything is time-major in memory: step t of row b of an array [T,B,…] lies at (t·B + b)·…
 */

/**
 * One batch. Its arrays belong to its source and are valid until the next batch is asked for; an engine reads,
 * and does not keep them.
 */
export interface Batch {
  /** B and T of this batch: at most those of the trainer's config. */
  batchSize: number;
  sequenceLength: number;
  /** [T,B,I] */
  inputs: Float32Array;
  /** [T,B], 0 .. C-1. Where the mask is 0 the label is ignored. */
  labels: Int32Array;
  /** [T,B] weight of each step's loss: 0 leaves the step out, 1 counts it; class weights are other values ≥ 0. */
  mask: Float32Array;
  /**
   * [B] 1 = this row starts a new sequence: its carried state is set to zero first. Absent: no row does. Without
   * `carryState` every row always does.
   */
  starts?: Uint8Array;
}
