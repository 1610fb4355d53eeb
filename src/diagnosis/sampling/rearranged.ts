/**
 * The same steps in other rows: as they would lie if time ran along another axis, or if rows had not been cut.
 */
import type { Sample } from './sample.ts';

/** Every `stride`-th step of the rows end to end is one row: `stride` rows. With the length of equal rows it transposes them. */
export function strided(sample: Sample, stride: number): Sample {
  const steps = sample.labels.length;
  const order = new Int32Array(steps);
  const starts = new Int32Array(stride + 1);
  let at = 0;
  for (let first = 0; first < stride; first++) {
    for (let step = first; step < steps; step += stride) order[at++] = step;
    starts[first + 1] = at;
  }
  return inOrder(sample, order, starts);
}

/** Rows that have as many steps as features, with both exchanged: the label of a step is that of the same number. */
export function turnedRows(sample: Sample): Sample {
  const { features: I, inputs, starts, labels } = sample;
  const turned = new Float32Array(inputs.length);
  for (let step = 0; step < labels.length; step++) {
    const [row, t] = [Math.floor(step / I), step % I];
    for (let i = 0; i < I; i++) turned[(starts[row] + i) * I + t] = inputs[step * I + i];
  }
  return { ...sample, splits: undefined, inputs: turned };
}

/** All rows end to end, as one. */
export function joined(sample: Sample): Sample {
  return { ...sample, splits: undefined, starts: Int32Array.of(0, sample.labels.length), rowsPerBatch: 1 };
}

function inOrder(sample: Sample, order: Int32Array, starts: Int32Array): Sample {
  const { features, inputs, labels, mask } = sample;
  const moved = new Float32Array(inputs.length);
  for (let k = 0; k < order.length; k++) {
    const from = order[k] * features;
    for (let i = 0; i < features; i++) moved[k * features + i] = inputs[from + i];
  }
  return {
    ...sample,
    splits: undefined,
    inputs: moved,
    labels: labels.map((_, k) => labels[order[k]]),
    mask: mask.map((_, k) => mask[order[k]]),
    starts,
    rowsPerBatch: starts.length - 1,
  };
}
