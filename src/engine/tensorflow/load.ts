import { referenceEngine } from '../reference/engine.ts';
export const loadTensorflowEngine = () => ({ ...referenceEngine, name: 'tensorflow' as const });
