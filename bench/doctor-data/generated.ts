/**
 * Data sets that follow a recipe: their order, layout and noise are known.
 */
import { type Sample, type Sequence, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { classesOf, labelOf, type Recipe } from './recipe.ts';
import { emptySequence } from './sequence.ts';

export function generate(recipe: Recipe): Sample {
  const random = Random.seeded(recipe.seed, 'data');
  const classes = classesOf(recipe);
  const rows = Math.floor(recipe.steps / recipe.rowLength);
  const sequences = Array.from({ length: rows }, () => generateRow(recipe, classes, random));
  const features = featuresOf(recipe);
  return sampleOfSequences(laidOut(sequences, recipe, features), { features, classes });
}

function featuresOf({ inputs, base, irrelevant = 0 }: Recipe): number {
  return inputs === 'tokens' ? base : 1 + irrelevant;
}

function generateRow(recipe: Recipe, classes: number, random: Random): Sequence {
  const { base, order, rowLength, rule, noise } = recipe;
  const features = featuresOf(recipe);
  const row = emptySequence(rowLength, features);
  const contexts = base ** (order + 1);
  let context = 0;
  for (let t = 0; t < rowLength; t++) {
    const digit = random.integer(base);
    context = ((context * base) % contexts) + digit;
    if (recipe.inputs === 'tokens') row.inputs[t * base + digit] = 1;
    else {
      // The feature that counts is the last one.
      for (let i = 0; i < features; i++) {
        const value = i + 1 === features ? digit : random.integer(base);
        row.inputs[t * features + i] = recipe.inputs === 'numbers' ? value : value + random.uniform();
      }
    }
    const isNoise = rule === 'random' || random.uniform() < noise;
    row.labels[t] = isNoise ? random.integer(classes) : labelOf(recipe, context);
    row.mask[t] = t < order ? 0 : 1;
  }
  return row;
}

function laidOut(rows: Sequence[], { layout, rowLength }: Recipe, features: number): Sequence[] {
  if (layout === 'right') return rows;
  const rowCount = rows.length;
  const wrong = Array.from({ length: rowLength }, () => emptySequence(rowCount, features));
  for (const [r, row] of rows.entries()) {
    for (let t = 0; t < rowLength; t++) {
      // As transposed, step t of row r is step r of row t. As reshaped, the flat buffer is read as [rowCount,
      // rowLength] in time-major order.
      const flat = r * rowLength + t;
      const to = layout === 'transposed' ? [t, r] : [flat % rowLength, Math.floor(flat / rowLength)];
      copyStep(row, t, wrong[to[0]], to[1], features);
    }
  }
  return wrong;
}

function copyStep(from: Sequence, t: number, to: Sequence, u: number, features: number): void {
  for (let i = 0; i < features; i++) to.inputs[u * features + i] = from.inputs[t * features + i];
  to.labels[u] = from.labels[t];
  to.mask[u] = from.mask[t];
}
