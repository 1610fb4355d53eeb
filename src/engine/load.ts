/**
 * Loads an engine by name. Engines are loaded on demand: the API process never loads TensorFlow, and a light installation does not have it.
 */
import type { Engine, TrainingEngineName } from './engine.ts';

/**
 * @param threads that a trainer computes on; with `tensorflow` they stay as the first load of a process asked.
 * @throws EngineUnavailableError when the engine cannot run on this machine.
 */
export async function loadEngine(name: TrainingEngineName, threads: number): Promise<Engine> {
  if (name === 'simd') return (await import('./simd/engine.ts')).openSimdEngine({ threads });
  return (await import('./tensorflow/engine.ts')).openTensorFlowEngine({ threads });
}
