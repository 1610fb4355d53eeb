/**
 * Sequences that generators fill.
 */
import type { Sample, Sequence } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import type { Recipe } from './recipe.ts';

export type Size = Pick<Recipe, 'steps' | 'rowLength' | 'seed'>;

/** `place`: how far down the file the row is, from 0 to 1. */
export type RowFill = (row: Sequence, random: Random, place: number) => void;

/** Inputs and labels are 0, and every step is labelled. */
export function emptySequence(length: number, features = 1): Sequence {
  return {
    inputs: new Float32Array(length * features),
    labels: new Int32Array(length),
    mask: new Float32Array(length).fill(1),
    length,
  };
}

/** As many rows as there are steps for, each filled in its turn. */
export function sequencesOf(fill: RowFill, { steps, rowLength, seed }: Size, features = 1): Sequence[] {
  const random = Random.seeded(seed, 'data');
  const rows = Math.floor(steps / rowLength);
  return Array.from({ length: rows }, (_, r) => {
    const row = emptySequence(rowLength, features);
    fill(row, random, r / rows);
    return row;
  });
}

/** The last fifth of the rows is held out, half of it for validation. */
export function splitByOrder(sample: Sample): Sample {
  const rows = sample.starts.length - 1;
  const ofRow = Uint8Array.from({ length: rows }, (_, r) => Number(r >= 0.8 * rows) + Number(r >= 0.9 * rows));
  return { ...sample, splits: { names: ['train', 'validation', 'test'], ofRow } };
}
