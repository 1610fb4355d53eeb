import { referenceEngine } from '../reference/engine.ts';
export const simdEngine = () => ({ ...referenceEngine, name: 'simd' as const });
