/**
 * Generated data sets whose truth is known, for `bench/doctor.ts` and the tests: order, layout, noise, and what the doctor ought to find.
 */

import type { FindingCode } from '../src/diagnosis/doctor/doctor-schema.ts';
import { type Sample, type Sequence, sampleOfSequences } from '../src/diagnosis/sampling/sample.ts';
import { Random } from '../src/model/random.ts';

/** How labels follow from the values x_t, …, x_{t-order}, each 0 .. base-1. */
type Rule = 'digits' | 'parity' | 'sum' | 'random';

export interface Recipe {
  rule: Rule;
  base: number;
  order: number;
  /** Share of the labels that are replaced by a uniformly random class. */
  noise: number;
  /** "transposed": one sequence for each position. "reshaped": the flat stream of all rows, cut as if time were the other axis. */
  layout: 'right' | 'transposed' | 'reshaped';
  /** "numbers": the digit itself; "tokens": one-hot; "continuous": uniform within the digit's interval, so that bins have to find it. */
  inputs: 'numbers' | 'tokens' | 'continuous';
  /** Features beside the one that labels depend on, of the same distribution, that tell nothing; none where inputs are tokens. */
  irrelevant?: number;
  steps: number;
  rowLength: number;
  seed: number;
}

function classesOf({ rule, base, order }: Recipe): number {
  switch (rule) {
    case 'digits':
      return base ** (order + 1);
    case 'sum':
      return (order + 1) * (base - 1) + 1;
    default:
      return base;
  }
}

/** The label that `context`, the values from the oldest to the present as digits of one number, gives without noise. */
function labelOf({ rule, base, order }: Recipe, context: number): number {
  if (rule === 'digits') return context;
  let sum = 0;
  for (let k = 0, rest = context; k <= order; k++, rest = Math.floor(rest / base)) sum += rest % base;
  return rule === 'parity' ? sum % base : sum;
}

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

function emptySequence(length: number, features = 1): Sequence {
  return {
    inputs: new Float32Array(length * features),
    labels: new Int32Array(length),
    mask: new Float32Array(length).fill(1),
    length,
  };
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

/**
 * Whether the data hold enough evidence to find the order: with K = base^(order+1) contexts and δ nats a label that the
 * last needed value brings beside all nearer ones, at least 10 labels for each context, and in all 100 nats, 5 more for
 * each context and ln(C)/2 for each label that is noise.
 */
export function holdsEvidence(recipe: Recipe): boolean {
  const contexts = recipe.base ** (recipe.order + 1);
  const rows = Math.floor(recipe.steps / recipe.rowLength);
  const labels = rows * (recipe.rowLength - recipe.order);
  const gain = entropyAt(recipe, recipe.order) - entropyAt(recipe, recipe.order + 1);
  return (
    labels >= 10 * contexts &&
    labels * gain >= 100 + 5 * contexts + (labels * recipe.noise * Math.log(classesOf(recipe))) / 2
  );
}

/** H(y | the present and the last depth-1 values) in closed form, noise included. */
export function entropyAt(recipe: Recipe, depth: number): number {
  const { base, order, noise, rule } = recipe;
  const classes = classesOf(recipe);
  if (rule === 'random') return Math.log(classes);
  const groups = base ** Math.min(depth, order + 1);
  const perGroup = base ** (order + 1) / groups;
  let sum = 0;
  for (let group = 0; group < groups; group++) {
    const counts = new Map<number, number>();
    for (let older = 0; older < perGroup; older++) {
      const label = labelOf(recipe, older * groups + group);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    for (const count of counts.values()) sum += surprise((count / perGroup) * (1 - noise) + noise / classes);
    sum += (classes - counts.size) * surprise(noise / classes);
  }
  return sum / groups;
}

function surprise(probability: number): number {
  return probability > 0 ? -probability * Math.log(probability) : 0;
}

/** Data sets of a kind that a doctor might take for broken, and what is right to say about them. */
interface Innocent {
  name: string;
  sample: Sample;
  allowed: FindingCode[];
}

/** `place`: how far down the file the row is, from 0 to 1. */
type Fill = (row: Sequence, random: Random, place: number) => void;

const innocents: { name: string; features?: number; classes: number; allowed: FindingCode[]; fill: Fill }[] = [
  {
    // Labels and inputs each stay for long, and have nothing to do with each other.
    name: 'sticky, unrelated',
    classes: 2,
    allowed: ['labels-unrelated-to-inputs'],
    fill: (row, random) => {
      let [x, y] = [random.integer(2), random.integer(2)];
      for (let t = 0; t < row.length; t++) {
        if (random.integer(20) === 0) x = 1 - x;
        if (random.integer(20) === 0) y = 1 - y;
        row.inputs[t] = x;
        row.labels[t] = y;
      }
    },
  },
  {
    // Each sequence belongs to a class, and the file is sorted by class.
    name: 'sorted by class',
    classes: 4,
    allowed: [],
    fill: (row, random, place) => {
      const label = Math.floor(4 * place);
      for (let t = 0; t < row.length; t++) {
        row.inputs[t] = random.integer(3) === 0 ? label : random.integer(4);
        row.labels[t] = label;
      }
    },
  },
  {
    // A hidden state that stays for some time, labelled at every step, and inputs that show it four times in five.
    name: 'hidden state',
    classes: 2,
    allowed: [],
    fill: (row, random) => {
      let state = random.integer(2);
      for (let t = 0; t < row.length; t++) {
        if (random.integer(10) === 0) state = 1 - state;
        row.inputs[t] = random.integer(5) === 0 ? 1 - state : state;
        row.labels[t] = state;
      }
    },
  },
  {
    name: 'next symbol of a Markov chain',
    classes: 4,
    allowed: [],
    fill: (row, random) => {
      let symbol = random.integer(4);
      for (let t = 0; t < row.length; t++) {
        row.inputs[t] = symbol;
        symbol = random.integer(4) === 0 ? random.integer(4) : (symbol + 1) % 4;
        row.labels[t] = symbol;
      }
    },
  },
  {
    name: 'parity from the start of the row',
    classes: 2,
    allowed: [],
    fill: (row, random) => {
      let parity = 0;
      for (let t = 0; t < row.length; t++) {
        row.inputs[t] = random.integer(2);
        parity ^= row.inputs[t];
        row.labels[t] = parity;
      }
    },
  },
  {
    name: 'echo of 20 steps before',
    classes: 4,
    allowed: [],
    fill: (row, random) => {
      for (let t = 0; t < row.length; t++) {
        row.inputs[t] = random.integer(4);
        row.labels[t] = t < 20 ? 0 : row.inputs[t - 20];
      }
    },
  },
  {
    // The label tells whether a smooth random walk lies above its mean: a bin hides part of the value, the next value gives it away.
    name: 'smooth continuous',
    classes: 2,
    allowed: [],
    fill: (row, random) => {
      let x = 2 * random.uniform() - 1;
      for (let t = 0; t < row.length; t++) {
        x = 0.95 * x + 0.3 * (2 * random.uniform() - 1);
        row.inputs[t] = x;
        row.labels[t] = x > 0.07 ? 1 : 0;
      }
    },
  },
  {
    // Four sensors, none of which has anything to do with the labels.
    name: 'four continuous features, unrelated',
    features: 4,
    classes: 3,
    allowed: ['labels-unrelated-to-inputs'],
    fill: (row, random) => {
      for (let i = 0; i < row.inputs.length; i++) row.inputs[i] = random.uniform();
      for (let t = 0; t < row.length; t++) row.labels[t] = random.integer(3);
    },
  },
  {
    // Four counters that stay for long, and a label of its own that does too.
    name: 'four sticky discrete features, unrelated',
    features: 4,
    classes: 2,
    allowed: ['labels-unrelated-to-inputs'],
    fill: (row, random) => {
      const stay = [0, 0, 0, 0, 0].map(() => random.integer(4));
      for (let t = 0; t < row.length; t++) {
        for (let i = 0; i < 5; i++) if (random.integer(15) === 0) stay[i] = random.integer(4);
        for (let i = 0; i < 4; i++) row.inputs[4 * t + i] = stay[i];
        row.labels[t] = stay[4] & 1;
      }
    },
  },
  {
    // One label at the end of each sequence, which all of it decides (the majority).
    name: 'majority, labelled at the end',
    classes: 2,
    allowed: [],
    fill: (row, random) => {
      let sum = 0;
      for (let t = 0; t < row.length; t++) {
        row.inputs[t] = random.integer(2);
        sum += row.inputs[t];
        row.mask[t] = t + 1 === row.length ? 1 : 0;
      }
      row.labels[row.length - 1] = 2 * sum > row.length ? 1 : 0;
    },
  },
  {
    // Rows start at a state of their own, from which labels follow at random: no value outside is missing.
    name: 'grammar with a start symbol',
    classes: 3,
    allowed: [],
    fill: (row, random) => {
      let symbol = 0;
      for (let t = 0; t < row.length; t++) {
        row.inputs[t] = symbol;
        const next = symbol === 0 ? 1 + random.integer(2) : random.integer(5) === 0 ? 3 - symbol : symbol;
        row.labels[t] = next;
        symbol = next;
      }
    },
  },
];

export const innocentKinds = innocents.length;

export function innocent(kind: number, steps: number, rowLength: number, seed: number): Innocent {
  const { name, features = 1, classes, allowed, fill } = innocents[kind % innocents.length];
  const random = Random.seeded(seed, 'data');
  const rows = Math.floor(steps / rowLength);
  const sequences = Array.from({ length: rows }, (_, r) => {
    const row = emptySequence(rowLength, features);
    fill(row, random, r / rows);
    return row;
  });
  return { name, sample: sampleOfSequences(sequences, { features, classes }), allowed };
}
