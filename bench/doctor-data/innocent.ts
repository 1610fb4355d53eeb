/**
 * Data sets without a fault that a doctor might take for broken, and which findings are right for them.
 */
import type { FindingCode } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { type Sample, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import { type RowFill, type Size, sequencesOf, splitByOrder } from './sequence.ts';

/** A data set, and the findings that are right for it. */
interface Innocent {
  name: string;
  sample: Sample;
  allowed: FindingCode[];
}

const innocents: {
  name: string;
  features?: number;
  classes: number;
  allowed: FindingCode[];
  byOrder?: boolean;
  fill: RowFill;
}[] = [
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
  {
    // Seasons that the training part has seen, split by order: the held-out part ends in one of them.
    name: 'seasons, split by order',
    classes: 2,
    allowed: [],
    byOrder: true,
    fill: (row, random, place) => {
      const season = Math.sin(2 * Math.PI * 5 * place);
      let x = 0;
      for (let t = 0; t < row.length; t++) {
        x = 0.8 * x + 0.4 * (random.uniform() - 0.5);
        row.inputs[t] = x + 0.5 * season;
        row.labels[t] = random.integer(10) === 0 ? random.integer(2) : Number(x > 0);
      }
    },
  },
  {
    // A hidden state that inputs show with noise: later ones tell of it, as past ones do, and nothing is shifted.
    name: 'hidden state in noise, numbers',
    classes: 2,
    allowed: [],
    fill: (row, random) => {
      let state = random.integer(2);
      for (let t = 0; t < row.length; t++) {
        if (random.integer(4) === 0) state = 1 - state;
        row.inputs[t] = state + 2.5 * (random.uniform() - 0.5);
        row.labels[t] = state;
      }
    },
  },
];

/** The names of all kinds. */
export const innocentKinds: readonly string[] = innocents.map(({ name }) => name);

/** A data set of the kind with this name, of `steps` steps in rows of `rowLength`. */
export function innocent(name: string, { steps, rowLength, seed }: Size): Innocent {
  const { features = 1, classes, allowed, byOrder, fill } = innocents.find((kind) => kind.name === name)!;
  const sample = sampleOfSequences(sequencesOf(fill, { steps, rowLength, seed }, features), { features, classes });
  return { name, sample: byOrder ? splitByOrder(sample) : sample, allowed };
}
