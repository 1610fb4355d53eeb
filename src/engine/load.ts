/**
 * Loads an engine by name. Engines are loaded on demand: the API process never loads TensorFlow, and a light installation does not have it.
 */
import type { Engine, TrainingEngineName } from './engine.ts';

/**
 * @param threads of the engine's own; it counts only for the first load of a process.
 * @throws EngineUnavailableError when the engine cannot run on this machine.
 */
export async function loadEngine(name: TrainingEngineName, threads: number): Promise<Engine> {
  if (name === 'tensorflow') return (await import('./tensorflow/engine.ts')).openTensorFlowEngine({ threads });
  const [{ simdEngine }, { loadModule }] = await Promise.all([import('./simd/engine.ts'), import('./simd/module.ts')]);
  loadModule();
  return simdEngine;
}
