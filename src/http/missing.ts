/**
 * Tells a job that does not exist from one that has no such checkpoint, where the disk alone cannot.
 */
import { NotFoundError, UnavailableError } from '../errors.ts';
import type { JobService } from '../jobs/service.ts';

/** What `find` finds of a job. If it finds nothing because there is no such job, the error says so; while Redis is away that cannot be known. */
export async function findOfJob<T>(jobs: JobService, id: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof NotFoundError) {
      await jobs.get(id).catch((missing) => {
        if (!(missing instanceof UnavailableError)) throw missing;
      });
    }
    throw error;
  }
}
