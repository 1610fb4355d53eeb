/**
 * The encoder: a request's sequence becomes what training saw, and what does not fit is named.
 */
import { describe, expect, it } from 'vitest';
import { labelledSequences } from '../../src/data/batching/sequence-batches.ts';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { taskOf } from '../../src/data/tasks/index.ts';
import { BuiltInTaskSpec } from '../../src/data/tasks/specs.ts';
import { InvalidInputError, type Issue } from '../../src/platform/errors.ts';
import { datasetOfLines } from './stores.ts';

const refuse = { standardize: true, unknown: 'refuse' } as const;
const unk = { standardize: true, unknown: 'unk' } as const;

function issuesOf(encode: () => unknown): readonly Issue[] {
  try {
    encode();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
  throw new Error('It was encoded.');
}

const numberLines = [
  {
    x: [
      [1, 7],
      [3, 7],
      [null, 7],
    ],
    y: [0, 1, 0],
  },
  {
    x: [
      [5, 7],
      [7, 7],
    ],
    y: [1, 0],
  },
  { x: [[1000, -50]], y: [1] },
];
const stringLines = [
  { x: ['the', 'cat', 'the', 'dog'], y: [0, 1, 0, 1] },
  { x: ['the', 'dog'], y: [0, 1] },
  { x: ['emu'], y: [0] },
];

describe('numbers', () => {
  it('have mean 0 and deviation 1 over the training sequences; a missing one is the mean, a constant one 0', async () => {
    const dataset = await datasetOfLines(...numberLines);
    const encoder = InputEncoder.fitted(dataset, [0, 1], refuse);
    const training = [...labelledSequences(dataset, [0, 1], encoder)].flatMap(({ inputs }) => [...inputs]);
    const deviation = Math.sqrt(5);
    expect(training.filter((_, i) => i % 2 === 0)).toEqual([-3, -1, 0, 1, 3].map((v) => Math.fround(v / deviation)));
    expect(training.filter((_, i) => i % 2 === 1)).toEqual([0, 0, 0, 0, 0]);
    const [other] = labelledSequences(dataset, [2], encoder);
    expect([...other.inputs]).toEqual([Math.fround(996 / deviation), -57]);
  });

  it('stay as they are if asked, but for missing ones', async () => {
    const dataset = await datasetOfLines(...numberLines);
    const encoder = InputEncoder.fitted(dataset, [0, 1], { ...refuse, standardize: false });
    expect([
      ...encoder.encode(
        [
          [1, 7],
          [null, 0.1],
        ],
        'x',
      ),
    ]).toEqual([1, 7, 4, Math.fround(0.1)]);
  });

  it('of a request are encoded as in training, also from a saved encoder', async () => {
    const dataset = await datasetOfLines(...numberLines);
    const fitted = InputEncoder.fitted(dataset, [0, 1], refuse);
    const encoder = InputEncoder.restored(JSON.parse(JSON.stringify(fitted.state)));
    const trained = [...labelledSequences(dataset, [0, 1, 2], fitted)];
    for (const [s, { x }] of numberLines.entries()) expect(encoder.encode(x, 'x')).toEqual(trained[s].inputs);
    expect(encoder.features).toBe(2);
  });

  it('that do not fit are named with their place, value and what was expected', async () => {
    const dataset = await datasetOfLines(...numberLines);
    const encoder = InputEncoder.fitted(dataset, [0, 1], refuse);
    expect(issuesOf(() => encoder.encode([[1, 2], [1], 'a', [1, '2'], [1, 1e300]], 'sequences[2]'))).toEqual([
      { path: 'sequences[2][1]', message: 'must be a list of 2 numbers, but is [1]' },
      { path: 'sequences[2][2]', message: 'must be a list of 2 numbers, but is "a"' },
      { path: 'sequences[2][3][1]', message: 'must be a number, or null, but is "2"' },
      {
        path: 'sequences[2][4][1]',
        message: 'exceeds float32: it must be within ±3.4028234663852886e+38, but is 1e+300',
      },
    ]);
    expect(issuesOf(() => encoder.encode(Array(100).fill(0), 's'))).toHaveLength(20);
  });

  it('of a built-in task stay as they are, and none may be missing', () => {
    const encoder = InputEncoder.plain(1);
    expect([...encoder.encode([0, 1, [2]], 'sequences[0]')]).toEqual([0, 1, 2]);
    expect(issuesOf(() => encoder.encode([0, null, true, Number.NaN], 'sequences[0]'))).toEqual([
      { path: 'sequences[0][1]', message: 'must be a number, but is null' },
      { path: 'sequences[0][2]', message: 'must be a number, but is true' },
      { path: 'sequences[0][3]', message: 'must be a number, but is NaN' },
    ]);
    for (const empty of [[], 'abc', 5, null, undefined]) {
      expect(issuesOf(() => encoder.encode(empty, 's'))[0].message).toMatch(
        /must be a list of at least one step, but is/,
      );
    }
  });
});

describe('inputs that a built-in task cannot have', () => {
  const asTrained = 'as in the task that the model was trained on';
  const encoderOf = (spec: object) => {
    const task = taskOf(BuiltInTaskSpec.parse(spec));
    return InputEncoder.plain(task.features, task.inputs);
  };

  it('are refused with place, value and what is allowed', () => {
    const digits = encoderOf({ type: 'binary-digits', base: 3 });
    expect([...digits.encode([0, [2], 1], 's')]).toEqual([0, 2, 1]);
    const expected = `must be an integer from 0 to 2, ${asTrained}`;
    expect(issuesOf(() => digits.encode([0, 7, 0.5, [-1]], 's'))).toEqual([
      { path: 's[1]', message: `${expected}, but is 7` },
      { path: 's[2]', message: `${expected}, but is 0.5` },
      { path: 's[3]', message: `${expected}, but is -1` },
    ]);
    const echo = encoderOf({ type: 'echo', symbols: 3 });
    expect([...echo.encode([[0, 1, 0]], 's')]).toEqual([0, 1, 0]);
    const oneHot = `must be one-hot: one of its 3 numbers 1, all others 0, ${asTrained}`;
    expect(
      issuesOf(() =>
        echo.encode(
          [
            [0, 0, 0],
            [1, 1, 0],
            [0, 0.5, 0.5],
          ],
          's',
        ),
      ),
    ).toEqual([
      { path: 's[0]', message: `${oneHot}, but is [0,0,0]` },
      { path: 's[1]', message: `${oneHot}, but is [1,1,0]` },
      { path: 's[2]', message: `${oneHot}, but is [0,0.5,0.5]` },
    ]);
    const adding = encoderOf({ type: 'adding' });
    expect([...adding.encode([[0.5, 1]], 's')]).toEqual([0.5, 1]);
    expect(
      issuesOf(() =>
        adding.encode(
          [
            [2, 0],
            [0.5, 0.5],
          ],
          's',
        ),
      ),
    ).toEqual([
      { path: 's[0][0]', message: `must be a number from 0 to 1, ${asTrained}, but is 2` },
      { path: 's[1][1]', message: `must be an integer from 0 to 1, ${asTrained}, but is 0.5` },
    ]);
  });

  it('are refused in one array of all numbers, too', () => {
    const adding = encoderOf({ type: 'adding' });
    expect(issuesOf(() => adding.encode(Float32Array.of(0, 1, 0.5, 3), 's'))).toEqual([
      { path: 's[1][1]', message: `must be an integer from 0 to 1, ${asTrained}, but is 3` },
    ]);
  });
});

describe('strings', () => {
  it('are one-hot by the vocabulary, and an unknown one is refused', async () => {
    const dataset = await datasetOfLines(...stringLines);
    const encoder = InputEncoder.fitted(dataset, [0, 1], refuse);
    expect(encoder.features).toBe(4);
    expect([...encoder.encode(['cat', 'the'], 'x')]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    expect([...labelledSequences(dataset, [1], encoder)][0].inputs).toEqual(encoder.encode(['the', 'dog'], 'x'));
    expect(issuesOf(() => encoder.encode(['the', 'cow', 3], 'sequences[0]'))).toEqual([
      { path: 'sequences[0][1]', message: 'must be one of "cat", "dog", "emu", "the", but is "cow"' },
      { path: 'sequences[0][2]', message: 'must be a string, but is 3' },
    ]);
  });

  it('that training saw once or never share the place of unknown ones, if the spec says so', async () => {
    const dataset = await datasetOfLines(...stringLines);
    const fitted = InputEncoder.fitted(dataset, [0, 1], unk);
    const encoder = InputEncoder.restored(JSON.parse(JSON.stringify(fitted.state)));
    expect(encoder.features).toBe(5);
    const unknown = [0, 0, 0, 0, 1];
    for (const text of ['cat', 'emu', 'cow', '__proto__', 'constructor']) {
      expect([...encoder.encode([text], 'x')]).toEqual(unknown);
    }
    expect([...encoder.encode(['dog', 'the'], 'x')]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect([...[...labelledSequences(dataset, [2], fitted)][0].inputs]).toEqual(unknown);
  });

  it('that are the names of properties are strings like others', async () => {
    const dataset = await datasetOfLines({ x: ['__proto__', 'toString', 'a'], y: ['__proto__', 'a', 'b'] });
    const fitted = InputEncoder.fitted(dataset, [0], refuse);
    const encoder = InputEncoder.restored(JSON.parse(JSON.stringify(fitted.state)));
    expect([...encoder.encode(['__proto__'], 'x')]).toEqual([1, 0, 0]);
    expect(issuesOf(() => encoder.encode(['constructor'], 'x'))).toHaveLength(1);
  });
});

it('an encoder of one kind does not encode a dataset of the other', async () => {
  const dataset = await datasetOfLines(...stringLines);
  expect(() => InputEncoder.plain(4).writer(dataset)).toThrow(/numbers cannot encode a dataset of strings/);
});
