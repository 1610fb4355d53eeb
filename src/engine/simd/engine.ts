/**
 * The engine `simd`: the whole training step in WebAssembly SIMD (assembly/), behind the interface of
 * engine/contract.ts. Needs no native library, gives the same bits on every machine and for every number of threads,
 * and is the fastest for small models. docs/engine-simd.md tells how it works.
 */
import type { Engine } from '../contract.ts';
import { simdModule } from './module.ts';
import { predictorInstance, SimdPredictor } from './predictor.ts';
import { SimdTrainer } from './trainer.ts';

/** With trainers that compute on so many threads. */
export function openSimdEngine({ threads }: { threads: number }): Engine {
  return {
    name: 'simd',
    threads,
    createTrainer: (config, state) => new SimdTrainer(config, state, threads),
    createPredictor: (model, weights) => new SimdPredictor(model, predictorInstance(model, weights, 'own', 1)),
  };
}

/** Likewise, with its module compiled now, while nobody waits. */
export function loadSimdEngine(options: { threads: number }): Engine {
  simdModule(options.threads > 1 ? 'shared' : 'own');
  return openSimdEngine(options);
}

/** On the caller's thread alone. */
export const simdEngine = openSimdEngine({ threads: 1 });
