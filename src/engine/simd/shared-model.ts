/**
 * A model whose parameters lie in memory once for all threads: one of them makes it, and each opens a predictor over it.
 */
import type { ModelDescription } from '../../model/description.ts';
import { SimdBatchPredictor } from './batch-predictor.ts';
import { addressOf, instanceOver } from './module.ts';
import { predictorInstance, SimdPredictor } from './predictor.ts';

/** What another thread needs to predict with it: it is cloned on its way there, its memory is not. */
export interface SharedModel {
  description: ModelDescription;
  memory: WebAssembly.Memory;
  /** Predictors that may work at the same time, each in a lane of its own. */
  lanes: number;
  /** Where things lie in the memory. */
  layout: { parameters: number; sequence: number; probabilities: number; laneBytes: number; laneTables: number };
}

/** @throws EngineUnavailableError when the model does not fit into memory. */
export function shareModel(description: ModelDescription, weights: Float32Array, lanes: number): SharedModel {
  const instance = predictorInstance(description, weights, 'shared', lanes);
  const layout = {
    parameters: addressOf(instance.parameters),
    sequence: addressOf(instance.sequence),
    probabilities: addressOf(instance.probabilities),
    laneBytes: addressOf(instance.laneBytes),
    laneTables: addressOf(instance.laneTables),
  };
  return { description, memory: instance.memory, lanes, layout };
}

/** A predictor of this thread; it begins in lane 0. */
export function openPredictor({ description, memory, layout }: SharedModel): SimdPredictor {
  const instance = instanceOver('shared', memory);
  const { sequence, probabilities, laneBytes, laneTables } = layout;
  instance.joinPredictor(description.layers.length, sequence, probabilities, laneBytes, laneTables);
  return new SimdPredictor(description, instance);
}

/** What predicts several sequences together, with a copy of the parameters: for this thread alone. */
export function openBatchPredictor({ description, memory, layout }: SharedModel): SimdBatchPredictor {
  return new SimdBatchPredictor(description, (numbers) => new Float32Array(memory.buffer, layout.parameters, numbers));
}

export function sharedBytes({ memory }: SharedModel): number {
  return memory.buffer.byteLength;
}
