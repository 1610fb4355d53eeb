/**
 * What a caller of /predict asks for.
 */
import { z } from 'zod';
import { ofOneModel, referenceFields } from '../checkpoints/model-reference.ts';
import { labelPlaces } from '../model/description.ts';
import { limits } from '../platform/limits.ts';

/** For the document only: whether a step fits is for the model to say. */
const sequenceSchema = {
  type: 'array' as const,
  minItems: 1,
  items: { anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'null' }, { type: 'array', minItems: 1 }] },
};

export const Sequences = z
  .array(z.unknown().meta(sequenceSchema))
  .min(1)
  .max(limits.predictSequences)
  .describe(
    'Each a list of steps, of any length; a step is a number, or a list of them where the model has several features.',
  );

export const InitialState = z
  .enum(['trained', 'zero'])
  .describe(
    'How a sequence starts. trained: as the model was trained, which with rows that carry their state is the state that the last batch left; zero: from zero state in any case.',
  );
export type InitialState = z.output<typeof InitialState>;

export const PredictionRequest = ofOneModel(
  z.strictObject({
    ...referenceFields,
    sequences: Sequences,
    at: z
      .enum(labelPlaces)
      .optional()
      .describe(
        'every-step: the probabilities after each step. end: those after the last step alone, one prediction for the whole sequence. By default where the model has its labels: end, where it was trained on labels of whole sequences.',
      ),
    initialState: InitialState.default('trained'),
    probabilities: z
      .boolean()
      .optional()
      .describe('Whether the answer has the probabilities of all classes. By default it has, unless `topK` is given.'),
    topK: z
      .int()
      .min(1)
      .max(limits.classes)
      .optional()
      .describe('Adds the so many most probable classes, the most probable first; all, where there are fewer.'),
  }),
).meta({ id: 'PredictRequest' });
export type PredictionRequest = z.output<typeof PredictionRequest>;
