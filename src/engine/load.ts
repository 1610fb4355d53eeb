/**
 * Loads an engine by name. Engines are loaded on demand: the API process never loads TensorFlow, and a light installation does not have it.
 */
import type { Engine } from './contract.ts';
import type { EngineName } from './registry.ts';

const loaders: Record<EngineName, (threads: number) => Promise<Engine>> = {
  simd: async (threads) => (await import('./simd/engine.ts')).loadSimdEngine({ threads }),
  tensorflow: async (threads) => (await import('./tensorflow/engine.ts')).openTensorFlowEngine({ threads }),
};

/**
 * @param threads that a trainer computes on.
 * @throws EngineUnavailableError when the engine cannot run on this machine.
 */
export function loadEngine(name: EngineName, threads: number): Promise<Engine> {
  return loaders[name](threads);
}
