/**
 * Loads an engine by name. Engines are loaded on demand: the API process never loads TensorFlow, and a light installation does not have it.
 */
import type { Engine, TrainingEngineName } from './engine.ts';

/** @throws EngineUnavailableError when the engine cannot run on this machine. */
export async function loadEngine(name: TrainingEngineName): Promise<Engine> {
  if (name === 'tensorflow') return (await import('./tensorflow/load.ts')).loadTensorflowEngine();
  return (await import('./simd/engine.ts')).simdEngine();
}
