/**
 * The entropies of rare contexts, by interpolated counts of other blocks: never below what there is to know, and near
 * it where contexts are many.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Grouping, oneGroup, refine } from '../../src/diagnosis/counting/contexts.ts';
import { type Labelled, labelledSteps } from '../../src/diagnosis/counting/evidence.ts';
import { heldOutEntropies } from '../../src/diagnosis/counting/held-out-entropies.ts';
import { Random } from '../../src/model/random.ts';
import { digits } from './sequences.ts';

function labelled(labels: number[], classes: number): Labelled {
  const steps = Int32Array.from(labels.keys());
  return labelledSteps(
    steps,
    Int32Array.from(labels),
    steps.map((step) => Math.floor(step / 20)),
    classes,
  );
}

/** Contexts of 0 to `depth` values, the present one first. */
function contexts(x: number[], values: number, depth: number): Grouping[] {
  const groupings = [oneGroup(x.length)];
  for (let back = 0; back < depth; back++) {
    const codes = Int32Array.from(x, (_, t) => x[t - back] ?? values);
    groupings.push(refine(groupings[back], codes, values + 1));
  }
  return groupings;
}

describe('held-out entropies', () => {
  test('of labels that nothing tells of are no lower than their entropy at any depth', () => {
    const entropies = heldOutEntropies(labelled(digits(8000, 4, 1), 4), contexts(digits(8000, 4, 2), 4, 5));
    for (const { nats, losses } of entropies) {
      expect(nats).toBeGreaterThan(Math.log(4) - 0.002);
      expect(losses.reduce((sum, loss) => sum + loss, 0) / 8000).toBeCloseTo(nats, 9);
    }
  });

  test('of a rule with noise are near what the noise leaves', () => {
    const random = Random.seeded(3, 'data');
    const x = digits(20_000, 3, 4);
    // The label is the sum of two values; in one step of five, any class.
    const y = x.map((value, t) => (random.uniform() < 0.2 ? random.integer(5) : value + (x[t - 1] ?? 0)));
    const left = -0.84 * Math.log(0.84) - 4 * 0.04 * Math.log(0.04);
    const [, , two, three] = heldOutEntropies(labelled(y, 5), contexts(x, 3, 3));
    expect(two.nats).toBeGreaterThan(left - 0.01);
    expect(two.nats).toBeLessThan(left + 0.02);
    expect(three.nats).toBeLessThan(left + 0.05);
  });

  test('of text go on falling with deeper contexts, by counting in how many contexts a symbol follows', async () => {
    const text = (await readFile(new URL('../../LICENSE', import.meta.url), 'utf8')).replace(/\s+/g, ' ');
    const kinds = [...new Set(text)].sort();
    const x = [...text].map((symbol) => kinds.indexOf(symbol));
    const steps = x.slice(0, -1);
    const entropies = heldOutEntropies(labelled(x.slice(1), kinds.length), contexts(steps, kinds.length, 6));
    // By Witten & Bell alone the loss rises again beyond four values, to 1.74 with six.
    for (let depth = 1; depth < entropies.length; depth++)
      expect(entropies[depth].nats).toBeLessThan(entropies[depth - 1].nats);
    expect(entropies[6].nats).toBeLessThan(1.5);
  });

  test('of contexts that do not refine those before them are interpolated all the same', () => {
    const x = digits(4000, 3, 6);
    const [none, one, two] = contexts(x, 3, 2);
    const y = labelled(
      x.map((_, t) => x[t - 1] ?? 0),
      3,
    );
    const entropies = heldOutEntropies(y, [none, one, two, one]).map(({ nats }) => nats);
    expect(entropies[2]).toBeLessThan(0.05);
    expect(entropies[3]).toBeGreaterThan(0);
    expect(entropies[3]).toBeLessThan(Math.log(3));
  });
});
