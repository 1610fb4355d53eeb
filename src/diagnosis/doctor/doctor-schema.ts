/**
 * What the doctor answers with: the zod schemas that the HTTP layer documents and the types that the rest of the code uses.
 */
import { z } from 'zod';

export const FindingCode = z.enum([
  'axes-swapped',
  'label-outside-row',
  'label-depends-on-future',
  'rows-too-short',
  'constant-label',
  'constant-feature',
  'duplicate-feature',
  'class-imbalance',
  'class-missing-in-split',
  'duplicate-across-splits',
  'labels-unrelated-to-inputs',
  'overfits-training',
  'underfits-training',
  'unstable-training',
  'training-diverged',
  'stopped-while-improving',
  'learning-rate-too-low',
]);
export type FindingCode = z.infer<typeof FindingCode>;

export const PatchOperation = z
  .strictObject({
    op: z.enum(['replace', 'add']),
    path: z.string().meta({ examples: ['/data/layout'] }),
    value: z.union([z.string(), z.number(), z.record(z.string(), z.number())]),
  })
  .meta({ description: 'One operation of a JSON patch (RFC 6902) of the job spec.' });
export type PatchOperation = z.infer<typeof PatchOperation>;

export const Finding = z
  .strictObject({
    code: FindingCode,
    severity: z
      .enum(['info', 'warning', 'error'])
      .describe(
        'error: training on these data cannot do what was meant. warning: it falls short. info: worth knowing.',
      ),
    message: z.string().describe('What was found and what to do about it, for a person.'),
    evidence: z
      .record(z.string(), z.union([z.number(), z.boolean(), z.string(), z.array(z.number()), z.array(z.string())]))
      .describe('The numbers behind it. Entropies and information are in nats a labelled step.'),
    patch: z.array(PatchOperation).optional().describe('The change of the job spec that mends it, where one does.'),
  })
  .meta({ id: 'Finding', description: 'Something that the doctor found in the data.' });
export type Finding = z.infer<typeof Finding>;

export const DepthEntropy = z
  .strictObject({
    depth: z.int().min(0).describe('Values known: 0 none, 1 the present one, 2 the one before as well, …'),
    nats: z
      .number()
      .min(0)
      .describe(
        'H(label | those values), counted: the lowest mean loss of any model that sees no more. Where numbers are `binned` or features left out (`featuresUsed`), an upper bound of it: a model that sees the values themselves may do better.',
      ),
    bestAccuracy: z.number().min(0).max(1).describe('The accuracy such a model can reach, cross-validated.'),
    source: z
      .enum(['counted', 'probe'])
      .optional()
      .describe(
        'counted: from how often contexts and labels occur. probe: what a small model reaches on sequences held out from it. Absent: counted.',
      ),
    standardError: z.number().min(0).optional().describe('Of `nats`, over held-out blocks.'),
  })
  .meta({ id: 'DepthEntropy', description: 'What labels can be known to, given so many values.' });
export type DepthEntropy = z.infer<typeof DepthEntropy>;

export const DoctorReport = z
  .strictObject({
    order: z.int().min(0).describe('How many past values the labels need, as far as counting shows.'),
    depthExamined: z
      .int()
      .min(0)
      .describe('The largest number of values, the present one included, that was looked at together.'),
    sampled: z.boolean().describe('Whether only a part of the data was examined.'),
    steps: z.int().min(0).describe('Labelled steps examined.'),
    featuresUsed: z
      .array(z.int().min(0))
      .optional()
      .describe(
        'The features that the entropies are given by, where these are not all: of the others, none is shown to tell anything beside them, or they are too many to be counted together.',
      ),
    binned: z
      .boolean()
      .optional()
      .describe('Numbers were cut into bins to be counted: what lies within a bin is not seen.'),
    entropies: z.array(DepthEntropy),
    floor: z.number().min(0).optional().describe('Nats below which no model is on average. Absent: none is proven.'),
    findings: z.array(Finding).describe('Errors first.'),
  })
  .meta({ id: 'DoctorReport', description: 'What the data alone say about the labels, before any training.' });
export type DoctorReport = z.infer<typeof DoctorReport>;
