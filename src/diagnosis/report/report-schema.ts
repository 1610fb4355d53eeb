/**
 * What the report after training says: the zod schemas that the HTTP layer documents and the types that the rest of the code uses.
 */
import { z } from 'zod';
import { DepthEntropy, Finding } from '../doctor/doctor-schema.ts';

const nats = z.number().min(0);
const share = z.number().min(0).max(1);
const steps = z.int().min(0).describe('Labelled steps.');

export const ClassScore = z.strictObject({
  class: z.int().min(0),
  label: z.union([z.string(), z.number()]).optional().describe('What the dataset calls it.'),
  steps,
  loss: nats,
  accuracy: share.describe('Share of the steps of this class that the model gives to it (recall).'),
});
export type ClassScore = z.infer<typeof ClassScore>;

export const PositionScore = z.strictObject({
  position: z.int().min(0).describe('Place in the row, from 0.'),
  steps,
  loss: nats,
  accuracy: share,
});
export type PositionScore = z.infer<typeof PositionScore>;

export const LagInfluence = z.strictObject({
  lag: z
    .int()
    .min(0)
    .describe('Steps back, where labels belong to whole sequences from their end; 0 is the present value.'),
  nats: nats.describe(
    'How far the distribution at a step moves when the value so many steps back is replaced by a draw from the data: mean Jensen–Shannon divergence, at most ln 2.',
  ),
});
export type LagInfluence = z.infer<typeof LagInfluence>;

const HeldOutScore = z
  .strictObject({
    loss: nats,
    accuracy: share,
    steps,
    part: z
      .enum(['test', 'validation'])
      .optional()
      .describe(
        'What it is measured on. test: data that neither trained the model nor decided when to stop or which checkpoint is the best. validation: the split left no sequence for a test part.',
      ),
    sequences: z.int().min(0).optional().describe('Sequences that were run through the model.'),
    sequencesInPart: z
      .int()
      .min(0)
      .optional()
      .describe('Sequences of the whole part; of many or long ones, the first are taken.'),
  })
  .describe('Reports of earlier versions do not name the part.');

export const Report = z
  .strictObject({
    verdict: z.string().describe('What the model has learned and what stands in its way, in a sentence or two.'),
    checkpoint: z
      .strictObject({ step: z.int().min(0), sha256: z.string().describe('Of the weights.') })
      .optional()
      .describe(
        'What was judged: the checkpoint that `best` names where the spec evaluates, otherwise the weights at the end. Reports of earlier versions lack it.',
      ),
    order: z
      .int()
      .min(0)
      .describe(
        'How many past values the model has learned to use, by its loss: that of the deepest of `baselines` that it has reached. 0: its loss does not show that past values help, whether or not they move its output (`effectiveMemory`).',
      ),
    informationUsed: share.describe(
      'Share of the information about the labels that is known to be in the data that the model uses: H(label) - loss over H(label) - `reachable.nats`, at most 1. Where `reachable.source` is `counted` there may be more information, and 1 is all that counting finds.',
    ),
    reachable: z
      .strictObject({
        nats,
        source: z
          .enum(['proven', 'counted'])
          .describe(
            'proven: on average no model can do better. counted: so much can be explained at least; a model that sees more than counting does may do better.',
          ),
      })
      .optional()
      .describe('A loss that can be reached; reports of earlier versions lack it.'),
    heldOut: HeldOutScore,
    baselines: z
      .array(DepthEntropy)
      .describe(
        "The doctor's entropies: what a model that sees so many values can reach, or better where counting does not see the values as they are.",
      ),
    influence: z.array(LagInfluence).describe('By lag, until it vanishes.'),
    effectiveMemory: z.int().min(0).describe('Past values that, with the present one, make up 95 % of the influence.'),
    labels: z
      .array(z.union([z.string(), z.number()]))
      .optional()
      .describe(
        'What the dataset calls the classes, in their order: that of `perClass` and of rows and columns of `confusion`.',
      ),
    features: z.array(z.string()).optional().describe('What the dataset calls the features, in their order.'),
    perClass: z.array(ClassScore),
    perPosition: z
      .array(PositionScore)
      .describe('Empty where labels belong to whole sequences: they have no place in a row.'),
    confusion: z.array(z.array(z.int().min(0))).describe('[label][prediction]: steps.'),
    calibrationError: share.describe('Expected calibration error over 15 bins of confidence.'),
    findings: z.array(Finding),
  })
  .meta({ id: 'Report', description: 'What a trained model has learned, measured on data it has not seen.' });
export type Report = z.infer<typeof Report>;

/** What an event carries of a report: all but the tables, which are long where classes are many. */
export const ReportSummary = Report.omit({
  confusion: true,
  perClass: true,
  perPosition: true,
  labels: true,
  features: true,
}).meta({
  id: 'ReportSummary',
  description: 'The report without its tables by class and position, and without names.',
});
export type ReportSummary = z.infer<typeof ReportSummary>;
