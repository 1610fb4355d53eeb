/**
 * The thread that examines data, so that neither the API nor a run waits for it. Loaded by `examiner.ts` alone.
 */
import { DatasetStore } from '../../data/datasets/stored/store.ts';
import { CorruptDatasetError, NotFoundError, type StorageFailure } from '../../platform/errors.ts';
import { storageFailureOf } from '../../storage/failure.ts';
import { openStore } from '../../storage/open.ts';
import { type ExaminedData, sampleOfData } from '../sampling/dataset-sample.ts';
import { examine } from './doctor.ts';
import type { DoctorReport, ExaminationDepth } from './doctor-schema.ts';

/** An error loses its class between threads: what a caller can do something about comes back as a status. */
export type Examined =
  | { status: 'examined'; report: DoctorReport }
  | { status: 'missing' }
  | { status: 'corrupt' }
  | { status: 'storage-failure'; failure: StorageFailure };

export interface ExaminerTask {
  data: ExaminedData;
  depth: ExaminationDepth;
  storeLocation: string;
}

export default async function examineData(request: ExaminerTask): Promise<Examined> {
  try {
    const sample = await sampleOfData(request.data, new DatasetStore(await openStore(request.storeLocation)));
    return { status: 'examined', report: examine(sample, { depth: request.depth }) };
  } catch (error) {
    if (error instanceof NotFoundError) return { status: 'missing' };
    if (error instanceof CorruptDatasetError) return { status: 'corrupt' };
    const failure = storageFailureOf(error);
    if (failure) return { status: 'storage-failure', failure: { code: failure.code, message: failure.message } };
    throw error;
  }
}
