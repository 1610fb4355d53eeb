/**
 * The model of a job's latest checkpoint, as contestants get it.
 */
import { writeFile } from 'node:fs/promises';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { openStore } from '../../src/storage/open.ts';
import type { Cluster } from '../../testing/cluster.ts';
import type { Contest } from './contest.ts';

export async function readSavedModel(cluster: Cluster, job: string): Promise<Omit<Contest, 'answer'>> {
  const checkpoints = new CheckpointStore(await openStore(cluster.data));
  const { step } = await checkpoints.resolve(job, 'latest');
  const { model, weights, initialState } = await checkpoints.loadModel(job, step);
  const onnx = `${cluster.folder}/model.onnx`;
  await writeFile(onnx, (await cluster.client.downloadCheckpoint(job, step, 'onnx')).body);
  return { model, weights: Array.from(weights), initialState: initialState && Array.from(initialState), onnx };
}
