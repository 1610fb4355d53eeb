/**
 * Which jobs a caller means, as a query: the same for lists and for what changes many at once.
 */
import { z } from 'zod';
import type { JobFilter } from '../jobs/job-filter.ts';
import { statuses } from '../jobs/status.ts';
import { show } from '../platform/input/shown.ts';
import { limits } from '../platform/limits.ts';

const time = z.iso.datetime({
  offset: true,
  error: ({ input }) => `must be a time like 2026-01-31T12:00:00Z, but is ${show(input)}`,
});

export const jobFilter = {
  status: z.enum(statuses).optional(),
  name: z.string().min(1).max(limits.name).optional().describe('Exactly this name.'),
  createdBefore: time.optional().describe('Submitted before this time.'),
} satisfies Record<keyof JobFilter, z.ZodType>;

/** Of what changes jobs: without a filter a slip would end every one. */
export function hasFilter({ status, name, createdBefore }: JobFilter): boolean {
  return status !== undefined || name !== undefined || createdBefore !== undefined;
}
