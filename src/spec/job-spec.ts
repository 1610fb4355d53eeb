/**
 * The job spec: what a caller asks for. One schema validates it, types it and documents it; after `resolveJobSpec`
 * every field is there and every limit holds.
 */
import { z } from 'zod';
import { parse } from '../platform/input/validation.ts';
import { JobSpecFields } from './fields.ts';
import { withLeftOut } from './left-out.ts';
import { withPreset } from './presets.ts';
import { checkFields } from './rules.ts';

export const JobSpec = JobSpecFields.check(checkFields).meta({
  id: 'JobSpec',
  description: 'What to train. Every field has a default; unknown fields are refused.',
});

/** A spec with every default filled in, whose rules hold. */
export type JobSpec = z.output<typeof JobSpec>;
/** A spec as a caller gives it. */
export type JobSpecInput = z.input<typeof JobSpec>;

/**
 * The spec as it will run: preset and defaults filled in, everything within limits; otherwise an InvalidInputError.
 * What depends on the task's data is still open: `completeSpec` adds it.
 */
export function resolveJobSpec(input: unknown): JobSpec {
  return parse(JobSpec, withLeftOut(withPreset(input)), 'job spec');
}

/** What a caller posts: fields that are missing come from the preset, then from the defaults. */
export const JobSpecBody = z.preprocess((input) => withLeftOut(withPreset(input)), JobSpec);

/** A spec in which fields were replaced. @throws InvalidInputError where it no longer holds. */
export function checkedJobSpec(spec: JobSpec): JobSpec {
  return parse(JobSpec, spec, 'job spec');
}
