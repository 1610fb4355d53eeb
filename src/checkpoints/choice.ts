/**
 * The checkpoint of a job that a caller asks for: by its step, or the latest or best one.
 */
import { z } from 'zod';
import { limits } from '../platform/limits.ts';

export const CheckpointChoice = z.union([z.enum(['latest', 'best']), z.int().min(0).max(limits.steps)]);
export type CheckpointChoice = z.output<typeof CheckpointChoice>;
