/**
 * All fields of a job spec in one schema, from which every type of a spec is inferred. What must hold between them is in
 * `rules.ts`, and `job-spec.ts` puts both together.
 */
import { z } from 'zod';
import { TaskSpec } from '../data/tasks/specs.ts';
import { engineNames } from '../engine/registry.ts';
import { limits } from '../platform/limits.ts';
import { DataSpec, InitFromSpec, LimitsSpec, ModelSpec, OptimizerSpec, TrainingSpec } from './sections.ts';

/** `presets.ts` has their specs. */
const presetNames = ['broken', 'working', 'lookback'] as const;

export const JobSpecFields = z.strictObject({
  name: z.string().trim().min(1).max(limits.name).optional().describe('For people; need not be unique.'),
  preset: z.enum(presetNames).optional().describe('A base that the other fields override.'),
  task: TaskSpec.prefault({ type: 'binary-digits' }),
  data: DataSpec.prefault({}),
  model: ModelSpec.prefault({}),
  optimizer: OptimizerSpec.prefault({ type: 'sgd' }),
  training: TrainingSpec.prefault({}),
  limits: LimitsSpec.optional().describe('What ends the job, after a last checkpoint. Absent: nothing does.'),
  basedOn: z
    .string()
    .min(1)
    .max(limits.pathPart)
    .optional()
    .describe('The job whose spec this one changes, as by a patch: the report compares the two.'),
  initFrom: InitFromSpec.optional().describe(
    'The checkpoint whose weights the training starts from; the state of the optimiser is fresh. Absent: it starts from random weights.',
  ),
  engine: z
    .enum(['auto', ...engineNames])
    .default('auto')
    .describe('auto chooses by measured cost.'),
  diagnose: z
    .union([z.boolean(), z.enum(['quick', 'full'])])
    .default(true)
    .describe(
      'Whether the doctor examines the data, and a report is made of the model. quick: the doctor only counts. full: it trains small models as well where counting does not settle what labels need; true: so too, unless the training takes but seconds.',
    ),
});

/** A spec with every default filled in; what holds between its fields need not have been checked yet. */
export type JobSpecFields = z.output<typeof JobSpecFields>;
/** The same as a caller gives it. */
export type JobSpecFieldsInput = z.input<typeof JobSpecFields>;
