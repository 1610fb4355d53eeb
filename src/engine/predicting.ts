/**
 * The engine of evaluations, reports and `/predict`, whatever engine has trained the model. It is loaded in the API's
 * process, so it brings no native library.
 */

export { batchBytes, batchSteps, type SimdBatchPredictor as BatchPredictor } from './simd/batch-predictor.ts';
export { simdEngine as predictingEngine } from './simd/engine.ts';
export type { SimdPredictor as SharedPredictor } from './simd/predictor.ts';
export { openBatchPredictor, openPredictor, type SharedModel, sharedBytes, shareModel } from './simd/shared-model.ts';
