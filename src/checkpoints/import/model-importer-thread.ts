/**
 * The thread that reads a file and stores the model that is in it. Loaded by `model-importer.ts` alone.
 */
import { readModel } from '../../formats/reading/read-model.ts';
import { sendError } from '../../platform/error-transfer.ts';
import { openStore } from '../../storage/open.ts';
import { CheckpointStore } from '../store.ts';
import { type ImportOutcome, type ImportTask, receivedName } from './import-task.ts';
import { importedCheckpoint } from './imported-checkpoint.ts';

export default async function importFile({ storeLocation, draft, request, job }: ImportTask): Promise<ImportOutcome> {
  try {
    const blobs = await openStore(storeLocation);
    const pieces: Uint8Array[] = [];
    // Each piece is valid until the next is asked for.
    for await (const piece of blobs.resumeDraft(draft).pieces(receivedName)) pieces.push(new Uint8Array(piece));
    const file = await readModel(Buffer.concat(pieces), { at: request.at });
    const { checkpoint, about } = importedCheckpoint(file, request);
    return {
      status: 'imported',
      imported: { about, checkpoint: await new CheckpointStore(blobs).save(job, checkpoint) },
    };
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  }
}
