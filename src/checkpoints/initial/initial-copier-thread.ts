/**
 * The thread that reads checkpoints that jobs are to start from, and copies them. Loaded by `initial-copier.ts` alone.
 */
import { workerData } from 'piscina';
import { type SentError, sendError } from '../../platform/error-transfer.ts';
import { openStore } from '../../storage/open.ts';
import { describeInitial, type InitialModel, type InitialReference, keepInitial } from './initial-model.ts';

export interface CopierSettings {
  storeLocation: string;
}

export interface CopierTask {
  reference: InitialReference;
  /** The job that gets a copy; undefined: it is only looked at. */
  job?: string;
}

/** An error loses its class between threads. */
export type CopierOutcome = { status: 'done'; initial?: InitialModel } | { status: 'refused'; error: SentError };

const blobs = await openStore((workerData as CopierSettings).storeLocation);

export default async function copy({ reference, job }: CopierTask): Promise<CopierOutcome> {
  try {
    if (job === undefined) return { status: 'done', initial: await describeInitial(blobs, reference) };
    await keepInitial(blobs, reference, job);
    return { status: 'done' };
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  }
}
