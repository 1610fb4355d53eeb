/**
 * Loads an engine by name. Engines are loaded on demand: the API process never loads TensorFlow, and a light installation does not have it.
 */
import type { Engine, TrainingEngineName } from './contract.ts';

/**
 * @param threads that a trainer computes on.
 * @throws EngineUnavailableError when the engine cannot run on this machine.
 */
export async function loadEngine(name: TrainingEngineName, threads: number): Promise<Engine> {
  if (name === 'tensorflow') return (await import('./tensorflow/engine.ts')).openTensorFlowEngine({ threads });
  const [{ openSimdEngine }, { simdModule }, { simdLayers }] = await Promise.all([
    import('./simd/engine.ts'),
    import('./simd/module.ts'),
    import('./simd/layers.ts'),
  ]);
  // Compiled now, while nobody waits.
  for (const layer of Object.values(simdLayers)) simdModule(layer, threads > 1 ? 'shared' : 'own');
  return openSimdEngine({ threads });
}
