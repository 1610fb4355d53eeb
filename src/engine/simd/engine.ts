/**
 * The engine `simd`: the whole training step in WebAssembly SIMD (assembly/), behind the interface of engine/contract.ts. Needs no native library, gives the same bits on every machine and for every
 * number of threads, and is the fastest for small models. docs/engine-simd.md tells how it works.
 */
import type { Engine } from '../contract.ts';
import { SimdPredictor } from './predictor.ts';
import { SimdTrainer } from './trainer.ts';

/** With trainers that compute on so many threads. */
export function openSimdEngine({ threads }: { threads: number }): Engine {
  return {
    name: 'simd',
    threads,
    createTrainer: (config, state) => new SimdTrainer(config, state, threads),
    createPredictor: (model, weights) => new SimdPredictor(model, weights),
  };
}

/** On the caller's thread alone. */
export const simdEngine = openSimdEngine({ threads: 1 });
