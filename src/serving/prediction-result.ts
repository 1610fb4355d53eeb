/**
 * What /predict answers: one schema for the API, the threads that compute it and the client.
 */
import { z } from 'zod';

const name = z.union([z.string(), z.number()]);

const TopClass = z
  .object({ class: z.int(), label: name.optional(), probability: z.number() })
  .meta({ id: 'TopClass', description: 'One of the most probable classes.' });

const Prediction = z.object({
  classes: z.array(z.int()).describe('[T] the most probable class of each step.'),
  labels: z.array(name).optional().describe('[T] what the dataset calls those classes.'),
  probabilities: z.array(z.array(z.number())).optional().describe('[T][C]'),
  top: z.array(z.array(TopClass)).optional().describe('[T][topK]'),
});
/** Of each step of a sequence. */
export type Prediction = z.output<typeof Prediction>;

export const SequencePrediction = z.object({
  class: z.int().describe('The most probable class after the last step.'),
  label: name.optional().describe('What the dataset calls it.'),
  probabilities: z.array(z.number()).optional().describe('[C]'),
  top: z.array(TopClass).optional().describe('[topK]'),
});
/** Of a whole sequence, with `at` "end". */
export type SequencePrediction = z.output<typeof SequencePrediction>;

/** Of what: the first fields of every answer that comes from a model. */
export const servedFields = {
  job: z.string(),
  model: z.string().optional().describe('The alias, where the request names one.'),
  checkpoint: z.object({ step: z.int(), sha256: z.string().describe('Of the weights.') }),
};

export const PredictionResult = z
  .object({
    ...servedFields,
    predictions: z
      .array(z.union([Prediction, SequencePrediction]))
      .describe('One for each sequence: of its steps, or, with `at` "end", of the whole.'),
  })
  .meta({ id: 'Prediction' });
export type PredictionResult = z.output<typeof PredictionResult>;

/** A prediction with the probabilities of all classes. */
export type WithProbabilities<P extends { probabilities?: unknown }> = P & {
  probabilities: NonNullable<P['probabilities']>;
};

/** Where it is known which of the two predictions it has. */
export type PredictionResultOf<P> = Omit<PredictionResult, 'predictions'> & { predictions: P[] };
