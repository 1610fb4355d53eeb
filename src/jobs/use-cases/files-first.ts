/**
 * Submits a job that has files before it has a record, so that whoever finds it finds them: nothing of them stays where it
 * is not recorded, even where this process dies in between (`Settling`).
 */
import { UnavailableError } from '../../platform/errors.ts';
import { newJobId, type Submitted } from '../store.ts';
import type { Unsettled, UnsettledChanges } from '../upkeep/unsettled.ts';

interface FilesFirst<Kept> {
  unsettled: UnsettledChanges;
  /** Stores the files of the job of this id. */
  keep(id: string): Promise<Kept>;
  /** Records it; or finds another one, which was submitted before. */
  submit(id: string, kept: Kept): Promise<Submitted>;
  /** Removes the files. */
  drop(id: string): Promise<void>;
}

/** @throws what `keep` and `submit` throw. */
export async function submitWithFiles<Kept>({ unsettled, keep, submit, drop }: FilesFirst<Kept>): Promise<Submitted> {
  const id = newJobId();
  const change: Unsettled = { kind: 'files', job: id };
  await unsettled.begin(change);
  try {
    const submitted = await submit(id, await keep(id));
    if (submitted.job.id !== id) await drop(id);
    await unsettled.end(change);
    return submitted;
  } catch (error) {
    // Where Redis does not say whether it has made the job, that may need its files: it is looked for later.
    if (!(error instanceof UnavailableError)) await drop(id).then(() => unsettled.end(change), later);
    throw error;
  }
}

/** What cannot be removed now is removed when it is looked at again. */
function later(): void {}
