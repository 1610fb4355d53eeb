/**
 * Class probabilities of a caller's sequences. It reads checkpoints from memory and disk, and goes on while Redis is away.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { limits } from '../../limits.ts';
import type { AppDeps } from '../deps.ts';
import { findOfJob } from '../missing.ts';
import { json, problemResponses } from '../responses.ts';
import { WhichCheckpoint } from '../schemas.ts';

const PredictBody = z
  .strictObject({
    job: z.string().max(limits.name),
    checkpoint: WhichCheckpoint.default('latest'),
    sequences: z
      .array(z.unknown())
      .min(1)
      .max(limits.predictSequences)
      .describe(
        'Each a list of steps, of any length; a step is a number, or a list of them where the model has several features.',
      ),
    initialState: z
      .enum(['trained', 'zero'])
      .default('trained')
      .describe(
        'How a sequence starts. trained: as the model was trained, which with rows that carry their state is the state that the last batch left; zero: from zero state in any case.',
      ),
  })
  .meta({ id: 'PredictRequest' });

const Prediction = z
  .object({
    job: z.string(),
    checkpoint: z.object({ step: z.int(), sha256: z.string() }),
    predictions: z.array(
      z.object({
        classes: z.array(z.int()).describe('[T] the most probable class of each step.'),
        labels: z
          .array(z.union([z.string(), z.number()]))
          .optional()
          .describe('[T] what the dataset calls those classes.'),
        probabilities: z.array(z.array(z.number())).describe('[T][C]'),
      }),
    ),
  })
  .meta({ id: 'Prediction' });

export const predictRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { jobs, predictions }) => {
  app.post('/predict', {
    schema: {
      operationId: 'predict',
      summary: 'Class probabilities of every step of some sequences',
      tags: ['models'],
      body: PredictBody,
      response: {
        200: json(Prediction, 'One prediction for each sequence.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: ({ body: { job, checkpoint, sequences, initialState } }) =>
      findOfJob(jobs, job, () => predictions.predict(job, checkpoint, sequences, initialState)),
  });
};
