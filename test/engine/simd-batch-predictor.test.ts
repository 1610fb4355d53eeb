/** The predictor of several sequences says of each what the predictor of one says, to the bit. */
import { expect, test } from 'vitest';
import { batchBytes, batchSteps, openBatchPredictor, openPredictor, shareModel } from '../../src/engine/predicting.ts';
import { tileRows } from '../../src/model/cost.ts';
import { stackOf } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';

const random = Random.seeded(3, 'data');
const numbers = (length: number) => Float32Array.from({ length }, () => random.uniform() * 4 - 2);

test.each([
  { features: 1, classes: 4, units: [5, 5] },
  { features: 3, classes: 2, units: [1] },
  { features: 8, classes: 9, units: [16, 7, 3] },
  { features: 2, classes: 33, units: [40] },
])('of $features features, $units units and $classes classes', (sizes) => {
  const model = stackOf(sizes);
  const { features, classes } = sizes;
  const shared = shareModel(model, initialWeights(model, Random.seeded(1, 'weights')), 1);
  const [one, many] = [openPredictor(shared), openBatchPredictor(shared)];
  expect(many.memoryBytes).toBeLessThanOrEqual(batchBytes(model));
  const state = numbers(stateLength(model, 1));
  for (let count = 1; count <= tileRows; count++) {
    const lengths = Array.from({ length: count }, () => 1 + random.integer(batchSteps));
    const sequences = lengths.map((length) => numbers(length * features));
    for (const initialState of [undefined, state, numbers(state.length), undefined]) {
      const expected = sequences.map((sequence, n) => one.predict(sequence, lengths[n], initialState));
      expect(many.predict(sequences, initialState)).toEqual(expected);
    }
  }
  expect(() => many.predict(Array(tileRows + 1).fill(numbers(features)))).toThrow(RangeError);
  expect(() => many.predict([numbers((batchSteps + 1) * features)])).toThrow(RangeError);
  expect(many.predict([numbers(features)])[0]).toHaveLength(classes);
});
