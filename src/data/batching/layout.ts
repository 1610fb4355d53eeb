/**
 * How a flat buffer of B·T steps, one row after the other, becomes a time-major batch [T,B,…].
 *
 * "batch-major" takes the buffer for what it is, [B,T], and transposes it. "time-major" reshapes it to [T,B] as the
 * question's broken program did: neighbours in time then lie side by side on the batch axis, and the step before in
 * time is B values back in the stream.
 */
export const layouts = ['batch-major', 'time-major'] as const;
export type Layout = (typeof layouts)[number];

type Numbers = Float32Array | Int32Array;

/** Lays out `rows` [B·T, width] into `batch` [T,B,width]. */
export function layOut<A extends Numbers>(
  rows: A,
  batch: A,
  layout: Layout,
  batchSize: number,
  sequenceLength: number,
  width: number,
): void {
  if (layout === 'time-major') {
    batch.set(rows);
    return;
  }
  let to = 0;
  for (let t = 0; t < sequenceLength; t++) {
    for (let b = 0; b < batchSize; b++) {
      const from = (b * sequenceLength + t) * width;
      for (let i = 0; i < width; i++) batch[to++] = rows[from + i];
    }
  }
}
