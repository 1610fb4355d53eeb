/**
 * The contract suite: what every engine has to do, measured against the reference. `registered-engines.test.ts` runs it
 * for each that is registered.
 */
import { describe } from 'vitest';
import type { Engine } from '../../src/engine/contract.ts';
import { describeExtremes } from './contract/extremes.ts';
import { describeGradients } from './contract/gradients.ts';
import { describeMasks } from './contract/masks.ts';
import { describePrediction } from './contract/prediction.ts';
import { describePytorchFigures } from './contract/pytorch.ts';
import { describeState } from './contract/state.ts';
import { describeTraining } from './contract/training.ts';

export function describeEngine(engine: Engine): void {
  describe(`engine ${engine.name}`, () => {
    describeGradients(engine);
    describeTraining(engine);
    describeMasks(engine);
    describeState(engine);
    describePrediction(engine);
    describeExtremes(engine);
    describePytorchFigures(engine);
  });
}
