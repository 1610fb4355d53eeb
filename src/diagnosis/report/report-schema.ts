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

const standardError = z
  .number()
  .min(0)
  .describe('Over blocks of neighbouring steps: sequences, or where those are few twentieths of the labelled steps.');

export const MemoryPoint = z.strictObject({
  past: z.int().min(0).describe('Past values that the model is given, beside the present one.'),
  loss: nats.describe('Held-out loss with so many, in nats: the labelled step last, from zero state.'),
  standardError: standardError.optional(),
});
export type MemoryPoint = z.infer<typeof MemoryPoint>;

export const UsesPast = z
  .strictObject({
    values: z.int().min(0).describe('The least number of past values that give 95 % of `gain`.'),
    low: z.int().min(0),
    high: z.int().min(0).describe('`low` to `high`: 90 % of bootstrap samples of the held-out blocks.'),
    atLeast: z.boolean().describe('More past values than `values` were not tried, and `values` do not give 95 %.'),
    gain: nats.describe(
      'What the past gives: the loss with the present value alone, at most H(label), minus the loss with all of the past.',
    ),
  })
  .meta({ id: 'UsesPast', description: 'How many past values the model uses, by its held-out loss.' });
export type UsesPast = z.infer<typeof UsesPast>;

const HeldOutScore = z
  .strictObject({
    loss: nats,
    standardError: standardError.optional(),
    accuracy: share,
    accuracyStandardError: standardError.optional(),
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
      .describe(
        'Sequences of the whole part; of many or long ones, some are taken, evenly spread, or their beginnings.',
      ),
  })
  .describe('Reports of earlier versions do not name the part.');

/** What every sentence of the verdict says, by a stable code; docs/diagnosis.md has the condition of each. */
export const StatementCode = z.enum([
  'no-labels',
  'too-few-labels',
  'nothing-to-learn',
  'learned-nothing',
  'cannot-tell',
  'uses-no-past',
  'gains-nothing-from-past',
  'uses-past',
  'uses-past-at-least',
  'past-not-measured',
  'present-value-alone',
  'information-there-is',
  'lowest-known',
  'below-counting',
  'more-is-known',
  'best-checkpoint',
  'started-from',
  'class-weights',
  'trained-before',
  'not-trained-before',
  'compared-better',
  'compared-worse',
  'compared-as-good',
  'axes-swapped',
  'label-outside-row',
  'rows-too-short',
  'label-depends-on-future',
  'drift-between-splits',
  'class-missing-in-split',
  'judged-on-validation',
  'few-labels',
]);
export type StatementCode = z.infer<typeof StatementCode>;

const Comparison = z
  .strictObject({
    job: z.string().describe('The job that this one is `basedOn`, or else the one whose weights it started from.'),
    loss: nats.describe(
      'basedOn: its held-out loss, on what it held out itself. initFrom alone: that of the weights this job started from, on the sequences that are held out here.',
    ),
    difference: z.number().describe('Held-out loss of this job minus that one: below 0, this one is better.'),
    standardError: z.number().min(0).describe('Of the difference.'),
    paired: z
      .boolean()
      .optional()
      .describe(
        'Both were judged on the very same sequences, and the standard error is that of the differences in their blocks; otherwise of two means that have nothing to do with each other. Reports of earlier versions lack it, and are not paired.',
      ),
  })
  .meta({ id: 'Comparison', description: 'This job beside the one that came before it.' });

const labels = z
  .array(z.union([z.string(), z.number()]))
  .optional()
  .describe(
    'What the dataset calls the classes, in their order: that of `perClass` and of rows and columns of `confusion`.',
  );

export const CalibrationBin = z.strictObject({
  confidence: share.describe('Mean probability of the predicted class.'),
  accuracy: share.describe('How often that class is the label.'),
  steps,
});
export type CalibrationBin = z.infer<typeof CalibrationBin>;

/** What is measured of a model on some labelled sequences, whatever they are. */
const figures = {
  heldOut: HeldOutScore,
  memory: z
    .array(MemoryPoint)
    .optional()
    .describe(
      'Held-out loss by how many past values the model is given, until more of them no longer matter. Absent: it could not be afforded, or the report is of an earlier version.',
    ),
  usesPast: UsesPast.optional(),
  influence: z.array(LagInfluence).describe('On labelled steps, by lag, until it vanishes.'),
  bitsPerSymbol: nats.optional().describe('Loss in bits, where each label is the next symbol.'),
  perplexity: z.number().min(1).optional().describe('exp(loss), where each label is the next symbol.'),
  labels,
  features: z.array(z.string()).optional().describe('What the dataset calls the features, in their order.'),
  perClass: z.array(ClassScore),
  perPosition: z
    .array(PositionScore)
    .describe('The first 4,096 positions; empty where labels belong to whole sequences: they have no place in a row.'),
  confusion: z.array(z.array(z.int().min(0))).describe('[label][prediction]: steps.'),
  calibrationError: share.describe('Expected calibration error over 15 bins of confidence.'),
  calibration: z
    .array(CalibrationBin)
    .optional()
    .describe('The bins that hold steps, by confidence. Reports of earlier versions lack them.'),
};

export const Figures = z.strictObject(figures);
export type Figures = z.infer<typeof Figures>;

export const JudgedCheckpoint = z.strictObject({
  step: z.int().min(0),
  sha256: z.string().describe('Of the weights.'),
});

export const Report = z
  .strictObject({
    verdict: z.string().describe('What the model has learned and what stands in its way, in a sentence or two.'),
    statements: z
      .array(
        z.strictObject({
          codes: z.array(StatementCode).min(1).describe('What it says; docs/diagnosis.md has the condition of each.'),
          text: z.string(),
        }),
      )
      .optional()
      .describe('The sentences of the verdict. Reports of earlier versions lack them.'),
    checkpoint: JudgedCheckpoint.optional().describe(
      'What was judged: the checkpoint that `best` names where the spec evaluates, otherwise the weights at the end. Reports of earlier versions lack it.',
    ),
    order: z
      .int()
      .min(0)
      .describe('How many past values the model has learned to use: `usesPast.values`, 0 where that was not measured.'),
    informationUsed: share.describe(
      'How much of the uncertainty about the labels the model takes away: (H(label) - loss) / (H(label) - floor). Without a proven floor that is 0, and the share of what can be known is this or more.',
    ),
    reachable: z
      .strictObject({
        nats,
        source: z
          .enum(['proven', 'counted', 'probe', 'model'])
          .describe(
            'proven: on average no model can do better. counted, probe: counting, or a small model, explains labels down to it; a better one may do better. model: nobody is known to do better than the model itself.',
          ),
      })
      .optional()
      .describe(
        'The lowest loss that is known to be reached, never above that of the model. Reports of earlier versions lack it.',
      ),
    floor: nats.optional().describe('No model is on average below it. Absent: none is proven.'),
    startedFrom: JudgedCheckpoint.extend({ job: z.string() })
      .optional()
      .describe('The checkpoint whose weights the training started from. Absent: it started from random ones.'),
    comparison: Comparison.optional(),
    withoutClassWeights: z
      .strictObject({ loss: nats, standardError: standardError.optional() })
      .optional()
      .describe(
        'Where the training weighted classes: the held-out loss where probabilities are divided by the weights again, and normalised. `memory`, `informationUsed`, `reachable` and the verdict follow from it where it is lower.',
      ),
    ...figures,
    baselines: z
      .array(DepthEntropy)
      .describe(
        "The doctor's entropies (its `judgedEntropies`, where the job splits by order): what a model that sees so many values can reach, or better where counting does not see the values as they are.",
      ),
    effectiveMemory: z.int().min(0).describe('The same as `order`: past values that give 95 % of what the past gives.'),
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
  calibration: true,
}).meta({
  id: 'ReportSummary',
  description: 'The report without its tables by class and position, and without names.',
});
export type ReportSummary = z.infer<typeof ReportSummary>;
