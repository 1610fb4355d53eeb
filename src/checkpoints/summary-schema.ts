/**
 * A checkpoint in lists and events, as the store tells it and the API answers it.
 */
import { z } from 'zod';

export const CheckpointSummary = z
  .object({
    step: z.int(),
    loss: z.number().nullable().describe('Of the batch of its step; null: it was imported.'),
    heldOutLoss: z.number().nullable().describe('On held-out data, if the step was evaluated: `best` goes by it.'),
    sha256: z.string().describe('Of the weights alone: equal weights, equal hash.'),
    bytes: z.int().describe('Of all files together.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Checkpoint' });
export type CheckpointSummary = z.output<typeof CheckpointSummary>;
