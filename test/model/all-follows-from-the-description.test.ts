/** What follows from a description: parameters, state, initial values, cost, export, and how manifests store it. */
import { expect, test } from 'vitest';
import { modelOfShape, storedShape } from '../../src/checkpoints/format/stored-shape.ts';
import { modelJson } from '../../src/formats/tfjs.ts';
import { forwardFlops, trainingBytes } from '../../src/model/cost.ts';
import { stackOf } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { parameterCount, parameterSegments } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { firstRow, stateLength, stateSegments } from '../../src/model/state.ts';

const model = stackOf({ features: 3, units: [2, 5], classes: 4 });

test('parameters lie in the order of get_weights, without a gap', () => {
  expect(parameterSegments(model).map(({ layer, name, shape, offset }) => [layer, name, shape, offset])).toEqual([
    [0, 'kernel', [3, 8], 0],
    [0, 'recurrent', [2, 8], 24],
    [0, 'bias', [8], 40],
    [1, 'kernel', [2, 20], 48],
    [1, 'recurrent', [5, 20], 88],
    [1, 'bias', [20], 188],
    [2, 'kernel', [5, 4], 208],
    [2, 'bias', [4], 228],
  ]);
  expect(parameterCount(model)).toBe(232);
});

test('state is h and c of each layer, and the first row is cut out of every vector', () => {
  expect(stateSegments(model, 3).map(({ layer, name, offset, length }) => [layer, name, offset, length])).toEqual([
    [0, 'h', 0, 6],
    [0, 'c', 6, 6],
    [1, 'h', 12, 15],
    [1, 'c', 27, 15],
  ]);
  expect(stateLength(model, 3)).toBe(42);
  const state = Float32Array.from({ length: 42 }, (_, i) => i);
  expect([...firstRow(model, state)]).toEqual([0, 1, 6, 7, 12, 13, 14, 15, 16, 27, 28, 29, 30, 31]);
});

test('new weights have the forget bias of the description, zero elsewhere in the bias, and kernels within their bound', () => {
  const weights = initialWeights(
    stackOf({ features: 3, units: [2], classes: 4, forgetBias: 2.5 }),
    Random.seeded(1, 'weights'),
  );
  expect([...weights.subarray(40, 48)]).toEqual([0, 0, 2.5, 2.5, 0, 0, 0, 0]);
  const kernels = weights.subarray(0, 40).map(Math.abs);
  expect(Math.max(...kernels)).toBeLessThan(Math.sqrt(3 / 5));
  expect(Math.max(...kernels)).toBeGreaterThan(0.9 * Math.sqrt(3 / 5));
});

test('cost counts each product of a step, and the memory of training', () => {
  expect(forwardFlops(model, 10)).toBe(10 * (8 * 2 * (3 + 2) + 8 * 5 * (2 + 5) + 2 * 5 * 4));
  const numbers = 232 * (3 + 2) + 2 * 7 * 6 * (7 * 7 + 3 + 3 * 4) + 512 * (5 * 5 + 2 + 1);
  expect(trainingBytes(model, { batchSize: 7, sequenceLength: 6 }, 2)).toBe(4 * numbers);
});

test('a manifest stores what its readers know, and the whole description comes back', () => {
  expect(JSON.stringify(storedShape(model))).toBe('{"features":3,"classes":4,"units":[2,5]}');
  expect(modelOfShape(JSON.parse(JSON.stringify(storedShape(model))))).toEqual(model);
  const labelledOnce = stackOf({ features: 1, units: [2], classes: 2, at: 'end' });
  expect(modelOfShape(storedShape(labelledOnce))).toEqual(labelledOnce);
});

test('the export hands over every step, and of a sequence with one label only the last', () => {
  const returned = (at: 'every-step' | 'end') =>
    JSON.stringify(modelJson(stackOf({ features: 1, units: [2, 3], classes: 2, at }), 'weights.bin')).match(
      /(?<="return_sequences":)\w+/g,
    );
  expect(returned('every-step')).toEqual(['true', 'true']);
  expect(returned('end')).toEqual(['true', 'false']);
});
