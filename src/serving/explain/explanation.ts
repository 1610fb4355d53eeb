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
      .optional()
      .describe(
        'Values that each input is replaced by, one after the other: all, if the data have no more different ones, else so many that are drawn from the data. By default as many as take 4·10^9 floating-point operations, 20 at the least.',
      ),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .describe('Draws these values where not all are tried: the same answer for the same seed.'),
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
        'Mean Jensen–Shannon divergence of the probabilities with the input and with another value of the data in its place: 0 to ln 2.',
      ),
    standardError: z
      .number()
      .nullable()
      .describe(
        'Of `nats`, from drawing some of the values: 0 where all were tried, null where it is one draw. Where few of the values move most, it is too small more often than too large.',
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
    replacements: z
      .int()
      .describe(
        'Values that each input was replaced by, the same for all: where `exhaustive`, the different ones of the data; else the draws, among which may be equal ones.',
      ),
    exhaustive: z
      .boolean()
      .describe(
        'Whether they are all values that the data have, each counted as often as it occurs. Data: up to 10,000 inputs, of a dataset with more in 20 runs that lie evenly over it.',
      ),
    explanations: z.array(Explanation),
  })
  .meta({ id: 'Explanations' });
export type ExplanationResult = z.output<typeof ExplanationResult>;
