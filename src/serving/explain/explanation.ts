/**
 * Why a model says what it says: what a caller asks for, and what comes back.
 */
import { z } from 'zod';
import { ofOneModel, referenceFields } from '../../checkpoints/model-reference.ts';
import { limits } from '../../platform/limits.ts';
import { InitialState, Sequences } from '../prediction-request.ts';
import { servedFields } from '../prediction-result.ts';

const step = z.int().min(0).max(limits.predictSteps);

export const ExplanationRequest = ofOneModel(
  z.strictObject({
    ...referenceFields,
    sequences: Sequences,
    steps: z
      .array(z.array(step).min(1).max(limits.explainedSteps))
      .min(1)
      .max(limits.predictSequences)
      .optional()
      .describe('For each sequence, the steps whose probabilities are to be explained, from 0; by default its last.'),
    lags: z
      .int()
      .min(0)
      .max(limits.explainedLags)
      .default(32)
      .describe('How far back inputs are looked at, from each of these steps.'),
    replacements: z
      .int()
      .min(1)
      .max(limits.explainReplacements)
      .default(20)
      .describe('Values that each input is replaced by, one after the other; more are more exact.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .describe('Draws these values: the same answer for the same seed.'),
    initialState: InitialState.default('trained'),
  }),
).meta({ id: 'ExplainRequest' });
export type ExplanationRequest = z.output<typeof ExplanationRequest>;

const InputInfluence = z
  .object({
    step: z.int().describe('Of the input.'),
    lag: z.int().describe('How many steps before.'),
    nats: z
      .number()
      .describe(
        'Mean Jensen–Shannon divergence of the probabilities with the input and with a draw in its place: 0 to ln 2.',
      ),
  })
  .meta({ id: 'InputInfluence' });

const Explanation = z
  .object({
    sequence: z.int(),
    step: z.int(),
    class: z.int().describe('The most probable class.'),
    probability: z.number(),
    inputs: z
      .array(InputInfluence)
      .describe('The inputs by how much they moved the probabilities, the strongest first.'),
  })
  .meta({ id: 'Explanation' });

export const ExplanationResult = z
  .object({
    ...servedFields,
    drawnFrom: z
      .enum(['dataset', 'task', 'request'])
      .describe(
        'Where the replacements come from: the dataset of the job, its built-in task, or, where neither can be had (Redis is away, the dataset was deleted), the sequences of the request.',
      ),
    explanations: z.array(Explanation),
  })
  .meta({ id: 'Explanations' });
export type ExplanationResult = z.output<typeof ExplanationResult>;
