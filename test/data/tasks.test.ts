/**
 * The built-in tasks against their closed forms: what their labels mean, how often each occurs, and how well they can be predicted.
 */
import { describe, expect, it } from 'vitest';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { attainableFrom, type Task, unknowable } from '../../src/data/task.ts';
import { sumProbabilities } from '../../src/data/tasks/adding.ts';
import { taskCatalogue } from '../../src/data/tasks/catalogue.ts';
import { taskOf } from '../../src/data/tasks/index.ts';
import { reberSuccessors, reberSymbols } from '../../src/data/tasks/reber.ts';
import { BuiltInTaskSpec } from '../../src/data/tasks/specs.ts';
import { temporalOrderSymbols } from '../../src/data/tasks/temporal-order.ts';
import { Random } from '../../src/model/random.ts';

const specs = [
  { type: 'binary-digits', base: 3, order: 2 },
  { type: 'parity', order: 0 },
  { type: 'parity', order: 3 },
  { type: 'echo', lag: 0, symbols: 3 },
  { type: 'echo', lag: 7, symbols: 5 },
  { type: 'adding', length: 2, classes: 2 },
  { type: 'adding', length: 11, classes: 5 },
  { type: 'temporal-order', length: 20, places: 2 },
  { type: 'temporal-order', length: 40, places: 3 },
  { type: 'reber' },
].map((spec) => BuiltInTaskSpec.parse(spec));

interface Steps {
  inputs: Float32Array;
  labels: Int32Array;
}

function stepsOf(task: Task, count: number, seed = 1): Steps {
  const inputs = new Float32Array(count * task.features);
  const labels = new Int32Array(count);
  task.open().fill(Random.seeded(seed, 'data'), inputs, labels, 0, count);
  return { inputs, labels };
}

/** The one-hot place of every step. */
function symbolsOf({ inputs, labels }: Steps, features: number): number[] {
  return Array.from(labels, (_, t) => inputs.subarray(t * features, (t + 1) * features).indexOf(1));
}

describe.each(specs)('the task $type %o', (spec) => {
  const task = taskOf(spec);

  it('labels as often as its closed form says', () => {
    const { labels } = stepsOf(task, 400_000);
    const counts = Array<number>(task.classes).fill(0);
    for (const label of labels) if (label !== unknowable) counts[label]++;
    const total = counts.reduce((sum, n) => sum + n, 0);
    const empirical = attainableFrom(counts.map((n) => n / total));
    // Five standard errors of a share, and of the plug-in entropy, whose error is of the same order.
    expect(Math.abs(empirical.accuracy - task.chance().accuracy)).toBeLessThan(5 / Math.sqrt(total));
    expect(Math.abs(empirical.loss - task.chance().loss)).toBeLessThan(5 / Math.sqrt(total));
  });

  it('has only inputs that /predict takes', () => {
    const { inputs } = stepsOf(task, 5_000);
    const encoder = InputEncoder.plain(task.features, task.inputs);
    expect(() => encoder.encode(inputs, 'sequences[0]')).not.toThrow();
  });

  it('knows a label within its span, and none outside its classes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { labels } = stepsOf(task, task.span, seed);
      expect(labels.some((label) => label !== unknowable)).toBe(true);
      expect(labels.every((label) => label >= unknowable && label < task.classes)).toBe(true);
    }
  });

  it('continues from a saved state to the bit', () => {
    const whole = stepsOf(task, 300);
    const inputs = new Float32Array(300 * task.features);
    const labels = new Int32Array(300);
    const random = Random.seeded(1, 'data');
    const before = task.open();
    before.fill(random, inputs, labels, 0, 137);
    const after = task.open();
    after.restore(JSON.parse(JSON.stringify(before.state())));
    after.fill(random, inputs, labels, 137, 163);
    expect(inputs).toEqual(whole.inputs);
    expect(labels).toEqual(whole.labels);
  });
});

describe('labels', () => {
  it('of parity are the sum of the last bits', () => {
    const { inputs, labels } = stepsOf(taskOf({ type: 'parity', order: 3 }), 200);
    expect([...labels.slice(0, 3)]).toEqual([unknowable, unknowable, unknowable]);
    for (let t = 3; t < 200; t++) {
      expect(labels[t]).toBe((inputs[t] + inputs[t - 1] + inputs[t - 2] + inputs[t - 3]) % 2);
    }
  });

  it('of echo are the symbol of `lag` steps ago', () => {
    const steps = stepsOf(taskOf({ type: 'echo', lag: 7, symbols: 5 }), 200);
    const symbols = symbolsOf(steps, 5);
    expect([...steps.labels]).toEqual(symbols.map((_, t) => (t < 7 ? unknowable : symbols[t - 7])));
  });

  it('of adding are the part of [0, 2) in which the sum of the two marked values lies', () => {
    const { inputs, labels } = stepsOf(taskOf({ type: 'adding', length: 11, classes: 5 }), 11 * 300);
    for (let episode = 0; episode < 300; episode++) {
      const marked: number[] = [];
      for (let t = 0; t < 11; t++) {
        const at = episode * 11 + t;
        if (inputs[2 * at + 1] === 1) marked.push(inputs[2 * at]);
        expect(labels[at] === unknowable).toBe(t < 10);
      }
      expect(marked).toHaveLength(2);
      expect(labels[episode * 11 + 10]).toBe(Math.floor(((marked[0] + marked[1]) / 2) * 5));
    }
  });

  it('of adding are as probable as the triangular distribution says', () => {
    expect(sumProbabilities(2)).toEqual([0.5, 0.5]);
    expect(sumProbabilities(4)).toEqual([0.125, 0.375, 0.375, 0.125]);
  });

  it.each([
    {
      places: 2,
      length: 100,
      windows: [
        [10, 20],
        [50, 60],
      ],
    },
    {
      places: 3,
      length: 100,
      windows: [
        [10, 20],
        [33, 43],
        [66, 76],
      ],
    },
  ] as const)(
    'of temporal order with $places places are the order of X and Y, where the paper puts them',
    ({ places, length, windows }) => {
      const steps = stepsOf(taskOf({ type: 'temporal-order', length, places }), 20_000);
      const names = symbolsOf(steps, 8).map((symbol) => temporalOrderSymbols[symbol]);
      let first = 0;
      for (const [t, label] of steps.labels.entries()) {
        if (label === unknowable) continue;
        const episode = names.slice(first, t + 1);
        const marks = [...episode.entries()].filter(([, name]) => name === 'X' || name === 'Y');
        expect(episode[0] + episode.at(-1)).toBe('EB');
        expect(episode.length).toBeGreaterThanOrEqual(100);
        expect(episode.length).toBeLessThanOrEqual(110);
        expect(label).toBe(Number.parseInt(marks.map(([, name]) => (name === 'Y' ? 1 : 0)).join(''), 2));
        for (const [place, [position]] of marks.entries()) {
          expect(position).toBeGreaterThanOrEqual(windows[place][0]);
          expect(position).toBeLessThanOrEqual(windows[place][1]);
        }
        expect(marks).toHaveLength(places);
        first = t + 1;
      }
      expect(first).toBeGreaterThan(0);
    },
  );

  it('of the Reber grammar are the next symbol, and its strings are embedded Reber strings', () => {
    const steps = stepsOf(taskOf({ type: 'reber' }), 5000);
    const symbols = symbolsOf(steps, 7);
    expect([...steps.labels.slice(0, -1)]).toEqual(symbols.slice(1));
    const text = symbols.map((symbol) => reberSymbols[symbol]).join('');
    // The paper's figure 3 as a regular expression: what follows its lower right node, its lower left one, and all of it.
    const right = '(?:XT*VP)*(?:S|XT*VV)';
    const left = `T*V(?:V|P${right})`;
    const strings = new RegExp(`^(?:B([TP])B(?:TS*X${right}|P${left})E\\1E)*`).exec(text)![0];
    expect(text.length - strings.length).toBeLessThan(100);
  });
});

describe('the optimum of the embedded Reber grammar', () => {
  const task = taskOf({ type: 'reber' });

  it('is seven fair choices in twelve symbols', () => {
    expect(task.optimum().loss).toBeCloseTo((7 * Math.LN2) / 12, 12);
    expect(task.optimum().accuracy).toBeCloseTo(17 / 24, 12);
  });

  it('is what the successors of the generated strings cost', () => {
    const steps = 50;
    const rows = 4000;
    const random = Random.seeded(3, 'data');
    let loss = 0;
    let right = 0;
    for (let row = 0; row < rows; row++) {
      const inputs = new Float32Array(steps * 7);
      const labels = new Int32Array(steps);
      task.open().fill(random, inputs, labels, 0, steps);
      const successors = reberSuccessors(symbolsOf({ inputs, labels }, 7));
      for (const [t, label] of labels.entries()) {
        if (!successors[t].includes(label)) throw new Error(`${label} at step ${t} is not allowed`);
        loss += Math.log(successors[t].length) / (rows * steps);
        right += 1 / successors[t].length / (rows * steps);
      }
    }
    expect(loss).toBeCloseTo(task.optimum(steps).loss, 2);
    expect(right).toBeCloseTo(task.optimum(steps).accuracy, 2);
    expect(task.optimum(100_000).loss).toBeCloseTo(task.optimum().loss, 4);
  });

  it('refuses a stream that leaves the grammar', () => {
    expect(() => reberSuccessors([0, 6])).toThrow(/Symbol 1, E, is not allowed/);
  });
});

describe('the catalogue', () => {
  it('tells of every task what it asks for, where it comes from and what a few steps of it look like', () => {
    const catalogue = taskCatalogue();
    expect(catalogue.map(({ type }) => type)).toEqual([
      'binary-digits',
      'parity',
      'echo',
      'adding',
      'temporal-order',
      'reber',
    ]);
    for (const { title, description, citation, optimum, chance, sample, schema, span } of catalogue) {
      for (const text of [title, description, citation, optimum.formula]) expect(text.length).toBeGreaterThan(3);
      expect(optimum.loss).toBeLessThan(chance.loss);
      expect(sample.labels.length).toBe(sample.inputs.length);
      expect(sample.labels.slice(0, span).some((label) => label !== null)).toBe(true);
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
    }
  });
});
