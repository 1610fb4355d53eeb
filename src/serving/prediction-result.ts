/**
 * What /predict answers: one schema for the API, the threads that compute it and the client.
 */
import { z } from 'zod';

const name = z.union([z.string(), z.number()]);

const Prediction = z.object({
  classes: z.array(z.int()).describe('[T] the most probable class of each step.'),
  labels: z.array(name).optional().describe('[T] what the dataset calls those classes.'),
  probabilities: z.array(z.array(z.number())).describe('[T][C]'),
});
/** Of each step of a sequence. */
export type Prediction = z.output<typeof Prediction>;

const SequencePrediction = z.object({
  class: z.int().describe('The most probable class after the last step.'),
  label: name.optional().describe('What the dataset calls it.'),
  probabilities: z.array(z.number()).describe('[C]'),
});
/** Of a whole sequence, with `at` "end". */
export type SequencePrediction = z.output<typeof SequencePrediction>;

export const PredictionResult = z
  .object({
    job: z.string(),
    checkpoint: z.object({ step: z.int(), sha256: z.string() }),
    predictions: z
      .array(z.union([Prediction, SequencePrediction]))
      .describe('One for each sequence: of its steps, or, with `at` "end", of the whole.'),
  })
  .meta({ id: 'Prediction' });
export type PredictionResult = z.output<typeof PredictionResult>;

/** Where it is known which of the two predictions it has. */
export type PredictionResultOf<P> = Omit<PredictionResult, 'predictions'> & { predictions: P[] };
