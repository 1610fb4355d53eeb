/**
 * What an engine says of itself without being loaded: what it can train, what that costs, and whether it is
 * installed. `registry.ts` lists the definitions.
 */
import type { ModelDescription } from '../model/description.ts';

export interface EngineDefinition {
  /** Whether it can train and run such a model, or why not, in words that follow "the engine": "knows no …". */
  supports(model: ModelDescription): true | { reason: string };
  cost: CostModel;
  /** Whether what it stands on is on this machine. */
  isInstalled(): boolean;
  /**
   * Whether it may fail to load all the same, and end its process: then a worker offers it only once a process of its
   * own has loaded it.
   */
  isNative: boolean;
}

export interface StepSize {
  model: ModelDescription;
  batchSize: number;
  sequenceLength: number;
}

/** What a training step takes: a model with few terms, fitted to measured steps by `npm run bench:choose`. */
interface CostModel {
  /** Seconds of a step = Σ seconds·terms. */
  terms(size: StepSize, threads: number): number[];
  /** Of one of each term. */
  seconds: readonly number[];
  /** Below this many floating-point operations a step, more than one thread only costs time, or too little is gained to start one. */
  flopsForThreads: number;
  /** Parts of a batch that threads share out: more threads than those would wait. */
  parts(batchSize: number): number;
}
