/**
 * An alias: a name that stands for a checkpoint, and may be moved to another one while clients go on asking for it.
 */
import { z } from 'zod';
import { CheckpointChoice } from '../../checkpoints/choice.ts';
import { limits } from '../../platform/limits.ts';

export const AliasName = z
  .string()
  .max(limits.pathPart)
  .regex(
    /^(?!job_)[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'must begin with a letter or a digit, have nothing but those, dots, underscores and hyphens, and not begin with job_',
  );

const jobId = z.string().max(limits.name);
const share = z
  .number()
  .gt(0)
  .lt(1)
  .describe('Of the predictions, that goes to the canary; each is drawn by itself, and its answer says which it got.');

/** What a caller wants an alias to name. */
export const AliasTarget = z
  .strictObject({
    job: jobId,
    checkpoint: CheckpointChoice.default('latest').describe(
      'A step, `latest` or `best`: the alias names the step that this is now, and stays there.',
    ),
    canary: z
      .strictObject({
        job: jobId.optional().describe('By default that of the alias.'),
        checkpoint: CheckpointChoice,
        share,
      })
      .nullish()
      .describe('A second checkpoint that gets a share of the predictions.'),
  })
  .meta({ id: 'AliasTarget' });
export type AliasTarget = z.output<typeof AliasTarget>;

const namedCheckpoint = z.object({ step: z.int(), sha256: z.string() });

export const Alias = z
  .object({
    name: z.string(),
    job: z.string(),
    checkpoint: namedCheckpoint,
    canary: z.object({ job: z.string(), checkpoint: namedCheckpoint, share }).nullable(),
    version: z.int().describe('1, 2, 3 …: it counts the changes of the alias.'),
    at: z.iso.datetime().describe('When it was changed last.'),
  })
  .meta({ id: 'Alias' });
export type Alias = z.output<typeof Alias>;

export const RollbackRequest = z
  .strictObject({
    version: z.int().min(1).optional().describe('Of the history; by default the one before the present.'),
  })
  .nullish();

/** An alias as it lies in Redis: with the pins that keep its checkpoints. */
export interface StoredAlias extends Alias {
  pins: { job: string; pin: string }[];
}

/** Without what is nobody's business. */
export function shownAlias({ pins: _, ...alias }: StoredAlias): Alias {
  return alias;
}

/** Jobs that an alias names: its own, and that of its canary. */
export function jobsOf({ job, canary }: Pick<Alias, 'job' | 'canary'>): string[] {
  return [...new Set([job, ...(canary ? [canary.job] : [])])];
}
