/**
 * Who is compared with Lookback, and what they are told.
 */
import type { ModelDescription } from '../../src/model/description.ts';

export const contestants = ['bare', 'tensorflow', 'onnxruntime'] as const;
export type ContestantName = (typeof contestants)[number];

/** What a contestant is told before it listens. */
export interface Contest {
  /** The answer, as Lookback gives it. */
  answer: string;
  model: ModelDescription;
  weights: number[];
  initialState: number[] | null;
  /** File of the model as it is downloaded. */
  onnx: string;
}
