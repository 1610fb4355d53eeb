/**
 * What the graph of an exported model takes: steps that its user has encoded, or steps as they are, which the graph
 * encodes itself.
 */

export const graphInputs = ['encoded', 'raw'] as const;
export type GraphInputs = (typeof graphInputs)[number];

/** How a graph encodes what it takes raw. */
export type RawInputs =
  /** Value v of feature i becomes (v - mean[i]) / scale[i]. `missing` stands for values that are not there; null: all are. */
  | { kind: 'numbers'; mean: readonly number[]; scale: readonly number[]; missing: readonly number[] | null }
  /** A step is the one-hot place of its string. */
  | { kind: 'places' };

/** Whether raw numbers are what the network takes: nothing is to be done to them. */
export function isAsItIs(inputs: RawInputs): boolean {
  return (
    inputs.kind === 'numbers' && inputs.mean.every((mean) => mean === 0) && inputs.scale.every((scale) => scale === 1)
  );
}

/** [size,size], row-major. */
export function identityMatrix(size: number): Float32Array {
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

/** One after the other, each takes `mean` away and divides by `scale`, in float32. */
export interface StandardizingStage {
  mean: number[];
  scale: number[];
}

/** Of one stage: the square of a scale has to be a float32, and Keras takes 10^-7 for any smaller scale. */
const [smallestScale, largestScale] = [1e-6, 1e15];

/** Stages that lose no digits of a mean that is large beside its scale: what float32 cannot hold of it goes with the scale. */
export function standardizingStages({ mean, scale }: Extract<RawInputs, { kind: 'numbers' }>): StandardizingStage[] {
  const rounded = mean.map(Math.fround);
  const magnitude = (value: number, limit: number) => Math.ceil(Math.log(Math.abs(value)) / Math.log(limit));
  const parts = Math.max(
    1,
    ...scale.flatMap((value) => [magnitude(value, smallestScale), magnitude(value, largestScale)]),
  );
  const part = scale.map((value) => Math.sign(value) * Math.abs(value) ** (1 / parts));
  const zeros = mean.map(() => 0);
  return [
    { mean: rounded, scale: mean.map(() => 1) },
    { mean: mean.map((value, i) => value - rounded[i]), scale: part },
    ...Array.from({ length: parts - 1 }, () => ({ mean: zeros, scale: part.map(Math.abs) })),
  ];
}
