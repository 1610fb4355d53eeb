/**
 * A sequence of a dataset in the form in which NDJSON would write it, as a preview shows it.
 */
import { z } from 'zod';
import { limits } from '../../../platform/limits.ts';

const value = z.number().nullable();

export const PreviewSequence = z
  .object({
    length: z.int().describe(`Steps of the sequence; at most ${limits.previewSteps} are shown.`),
    x: z.union([z.array(value), z.array(z.array(value)), z.array(z.string())]).describe('null: missing.'),
    y: z
      .union([z.array(z.union([z.int(), z.string(), z.null()])), z.int(), z.string()])
      .describe('A label for each step, null: no target; or one for the whole sequence.'),
  })
  .meta({ id: 'PreviewSequence', description: 'A sequence in the form in which NDJSON would write it.' });
export type PreviewSequence = z.output<typeof PreviewSequence>;
