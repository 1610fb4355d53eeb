/**
 * A worker that is there, as it says of itself and as callers see it.
 */
import { z } from 'zod';
import { engineNames } from '../../engine/registry.ts';
import { timestamp } from '../record.ts';

export const WorkerInfo = z
  .object({
    id: z.string(),
    engines: z.array(z.enum(engineNames)).describe('That it has loaded once, and so offers.'),
    loading: z.array(z.enum(engineNames)).describe('Installed, and being loaded for the first time.'),
    unavailable: z
      .array(z.object({ engine: z.enum(engineNames), reason: z.string() }))
      .describe('Engines that it does not offer, and why.'),
    cores: z.int().describe('That it computes on.'),
    job: z.string().nullable().describe('The job that it runs; null: it is idle.'),
    startedAt: timestamp,
  })
  .meta({ id: 'Worker' });
export type WorkerInfo = z.output<typeof WorkerInfo>;

/** What a worker says of itself. */
export type WorkerDescription = Omit<WorkerInfo, 'id'>;
