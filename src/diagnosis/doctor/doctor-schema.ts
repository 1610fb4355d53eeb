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
  'streams-interleaved',
  'label-among-inputs',
  'overlapping-sequences',
  'sentinel-value',
  'outlying-value',
  'feature-counts-time',
  'mostly-missing-feature',
  'features-hold-time',
  'labels-alike',
  'drift-between-splits',
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
        'Mean loss that labels can be known to by so many values, never rising with depth: at least so much can be known. Where every value is counted as it is and every context occurs often, near the lowest loss of any model that sees no more.',
      ),
    bestAccuracy: z.number().min(0).max(1).describe('The accuracy that goes with it, cross-validated.'),
    source: z
      .enum(['counted', 'probe'])
      .optional()
      .describe(
        'counted: by the frequencies of labels in each context. probe: by a small LSTM that sees so many values, judged on blocks that did not train it. Reports of earlier versions counted.',
      ),
    standardError: z
      .number()
      .min(0)
      .optional()
      .describe(
        'Of `nats`, over held-out blocks; where frequencies of contexts that occur often are taken as they are, there is none.',
      ),
  })
  .meta({ id: 'DepthEntropy', description: 'What labels can be known to, given so many values.' });
export type DepthEntropy = z.infer<typeof DepthEntropy>;

/** How thoroughly data are examined: by counting alone, or with small models where counting does not settle it. */
export const ExaminationDepth = z
  .enum(['quick', 'full'])
  .describe(
    'quick: counting alone. full: small models are trained as well, where counting does not settle what labels need.',
  );
export type ExaminationDepth = z.infer<typeof ExaminationDepth>;

export const DoctorReport = z
  .strictObject({
    depth: ExaminationDepth.optional(),
    order: z
      .int()
      .min(0)
      .describe(
        'How many past values the labels need, by the estimator that knows labels best (`source` of the last entropy): those that bring 90 % of what is known, and help beyond chance.',
      ),
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
    featuresProbed: z
      .array(z.int().min(0))
      .optional()
      .describe('Of very many features those that probes saw, where probes were trained.'),
    binned: z
      .boolean()
      .optional()
      .describe('Numbers were cut into bins to be counted: what lies within a bin is not seen.'),
    entropies: z.array(DepthEntropy).describe('By depth; not every depth is listed.'),
    judgedEntropies: z
      .array(DepthEntropy)
      .optional()
      .describe(
        'Where a job splits by order: what counting all other parts makes of the labels of the last part, on which its model is judged. `entropies` are over the whole data, in random or neighbouring parts.',
      ),
    leastProvable: z
      .number()
      .min(0)
      .optional()
      .describe(
        'Where labels are few and no past value is seen to help: about how many nats of each label past values would have to tell for counting to be able to prove it. An order of 0, and no findings, say little then.',
      ),
    floor: z
      .number()
      .min(0)
      .optional()
      .describe('A mean loss that no model can fall below, in nats; only where that is proven.'),
    findings: z.array(Finding).describe('Errors first.'),
  })
  .meta({ id: 'DoctorReport', description: 'What the data alone say about the labels, before any training.' });
export type DoctorReport = z.infer<typeof DoctorReport>;
