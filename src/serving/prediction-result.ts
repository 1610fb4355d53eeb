/**
 * What /predict answers: one schema for the API, the threads that compute it and the client.
 */
import { z } from 'zod';

const Prediction = z.object({
  classes: z.array(z.int()).describe('[T] the most probable class of each step.'),
  labels: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .describe('[T] what the dataset calls those classes.'),
  probabilities: z.array(z.array(z.number())).describe('[T][C]'),
});
export type Prediction = z.output<typeof Prediction>;

export const PredictionResult = z
  .object({
    job: z.string(),
    checkpoint: z.object({ step: z.int(), sha256: z.string() }),
    predictions: z.array(Prediction),
  })
  .meta({ id: 'Prediction' });
export type PredictionResult = z.output<typeof PredictionResult>;
