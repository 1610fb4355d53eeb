/**
 * The thread that reads and verifies checkpoints and puts their models into shared memory. Loaded by `model-loader.ts` alone.
 */
import { workerData } from 'piscina';
import { CheckpointStore } from '../../checkpoints/store.ts';
import { type SentError, sendError } from '../../platform/error-transfer.ts';
import { UnseenMemory } from '../../platform/process/unseen-memory.ts';
import { openStore } from '../../storage/open.ts';
import { bytesOfModel, type LoadedModel, loadModel } from './loaded-model.ts';

export interface LoaderSettings {
  storeLocation: string;
  lanes: number;
}

export interface LoadTask {
  job: string;
  step: number;
}

/** An error loses its class between threads. */
export type LoadOutcome = { status: 'loaded'; model: LoadedModel } | { status: 'refused'; error: SentError };

const { storeLocation, lanes } = workerData as LoaderSettings;
const checkpoints = new CheckpointStore(await openStore(storeLocation));

const unseen = new UnseenMemory();

export default async function load(task: LoadTask): Promise<LoadOutcome> {
  // The models before were handed over.
  unseen.collect();
  try {
    const model = await loadModel(checkpoints, task, lanes);
    unseen.willLetGo(model.sha256, bytesOfModel(model));
    return { status: 'loaded', model };
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  }
}
