/**
 * What a caller of /predict asks for.
 */
import { z } from 'zod';
import { CheckpointChoice } from '../checkpoints/choice.ts';
import { labelPlaces } from '../model/description.ts';
import { limits } from '../platform/limits.ts';

/** For the document only: whether a step fits is for the model to say. */
const sequenceSchema = {
  type: 'array' as const,
  minItems: 1,
  items: { anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'null' }, { type: 'array', minItems: 1 }] },
};

export const PredictionRequest = z
  .strictObject({
    job: z.string().max(limits.name),
    checkpoint: CheckpointChoice.default('latest'),
    sequences: z
      .array(z.unknown().meta(sequenceSchema))
      .min(1)
      .max(limits.predictSequences)
      .describe(
        'Each a list of steps, of any length; a step is a number, or a list of them where the model has several features.',
      ),
    at: z
      .enum(labelPlaces)
      .optional()
      .describe(
        'every-step: the probabilities after each step. end: those after the last step alone, one prediction for the whole sequence. By default where the model has its labels: end, where it was trained on labels of whole sequences.',
      ),
    initialState: z
      .enum(['trained', 'zero'])
      .default('trained')
      .describe(
        'How a sequence starts. trained: as the model was trained, which with rows that carry their state is the state that the last batch left; zero: from zero state in any case.',
      ),
  })
  .meta({ id: 'PredictRequest' });
export type PredictionRequest = z.output<typeof PredictionRequest>;
