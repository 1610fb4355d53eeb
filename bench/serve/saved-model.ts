/**
 * The model of a job's latest checkpoint, as contestants get it.
 */
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Contest } from './contestant-server.ts';

export async function readSavedModel(data: string, job: string): Promise<Pick<Contest, 'model' | 'weights'>> {
  const checkpoints = new CheckpointStore(await openStore(data));
  const { step } = await checkpoints.resolve(job, 'latest');
  const { model, weights } = await checkpoints.loadModel(job, step);
  return { model, weights: Array.from(weights) };
}
