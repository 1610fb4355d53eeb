/**
 * The engine `simd`: the whole training step in WebAssembly SIMD (assembly/), behind the interface of engine/engine.ts. Needs no native library, gives the same bits on every machine, and is the
 * fastest for small models. docs/engine-simd.md tells how it works.
 */
import type { Engine } from '../engine.ts';
import { SimdPredictor } from './predictor.ts';
import { SimdTrainer } from './trainer.ts';

export const simdEngine: Engine = {
  name: 'simd',
  threads: 1,
  createTrainer: (config, state) => new SimdTrainer(config, state),
  createPredictor: (shape, weights) => new SimdPredictor(shape, weights),
};
