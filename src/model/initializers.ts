/**
 * What fills new parameters. The draws are part of what a seed means: a change here makes other models of the same specs.
 */
import type { Random } from './random.ts';

/** Fills one parameter, which holds zeros. */
export type Initializer = (values: Float32Array, random: Random) => void;

/** Uniform over ±bound. */
export function uniform(bound: number): Initializer {
  return (values, random) => {
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform() - 1) * bound;
  };
}

export const truncatedNormal: Initializer = (values, random) => {
  for (let i = 0; i < values.length; i++) values[i] = random.truncatedNormal();
};
