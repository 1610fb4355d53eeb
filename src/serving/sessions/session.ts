/**
 * A session: a sequence that comes step by step, with a prediction after each. Its state lies in Redis between them.
 */
import { z } from 'zod';
import { ofOneModel, referenceFields } from '../../checkpoints/model-reference.ts';
import { limits } from '../../platform/limits.ts';
import { InitialState } from '../prediction-request.ts';
import { SequencePrediction, servedFields } from '../prediction-result.ts';

export const SessionRequest = ofOneModel(
  z.strictObject({ ...referenceFields, initialState: InitialState.default('trained') }),
).meta({ id: 'SessionRequest' });
export type SessionRequest = z.output<typeof SessionRequest>;

export const Session = z
  .object({
    id: z.string(),
    ...servedFields,
    steps: z.int().describe('Steps so far.'),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('When it ends, unless another step comes before.'),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof Session>;

export const StepsRequest = z
  .strictObject({
    steps: z
      .array(z.unknown().meta({ anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'null' }, { type: 'array' }] }))
      .min(1)
      .max(limits.predictSteps)
      .describe('What comes next in the sequence, each step as in /predict.'),
    after: z
      .int()
      .min(0)
      .optional()
      .describe(
        'Steps that the caller knows of. Where the session has had more or fewer, the call is a conflict and changes nothing: so a call that was not answered can be repeated.',
      ),
  })
  .meta({ id: 'SessionSteps' });
export type StepsRequest = z.output<typeof StepsRequest>;

export const StepsResult = z
  .object({
    id: z.string(),
    ...servedFields,
    steps: z.int().describe('Steps of the session, with these.'),
    predictions: z.array(SequencePrediction).describe('One after each of the steps.'),
  })
  .meta({ id: 'SessionPredictions' });
export type StepsResult = z.output<typeof StepsResult>;
