/**
 * What a caller asks of an evaluation, any checkpoint on any dataset, and what comes back: the figures of a report.
 */
import { z } from 'zod';
import { CheckpointChoice } from '../../../checkpoints/choice.ts';
import { DatasetId } from '../../../data/tasks/specs.ts';
import { Figures, JudgedCheckpoint } from '../report-schema.ts';

export const EvaluationRequest = z
  .strictObject({
    dataset: DatasetId.describe('All of it is judged, or of a large one sequences that are evenly spread.'),
    checkpoint: CheckpointChoice.default('latest'),
  })
  .meta({ id: 'EvaluationRequest' });
export type EvaluationRequest = z.output<typeof EvaluationRequest>;

export const EvaluatedCheckpoint = Figures.extend({
  job: z.string(),
  checkpoint: JudgedCheckpoint,
  dataset: DatasetId,
}).meta({
  id: 'Evaluated',
  description: 'How well a checkpoint does on a dataset, and how far back it looks there.',
});
export type EvaluatedCheckpoint = z.output<typeof EvaluatedCheckpoint>;
