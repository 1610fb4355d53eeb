/**
 * The job that a command is about, by its id or by an alias that names one of its checkpoints.
 */
import { ApiError } from '../client/errors.ts';
import type { Context } from './context.ts';

export interface NamedJob {
  job: string;
  /** That of the alias; undefined: the job itself was named. */
  step?: number;
}

/** A name that is no alias is taken for an id, so that the service says that there is no such job. */
export async function namedJob({ client, note }: Context, name: string): Promise<NamedJob> {
  if (name.startsWith('job_')) return { job: name };
  try {
    const { job, checkpoint } = await client.alias(name);
    note(`${name} is an alias of step ${checkpoint.step} of ${job}.`);
    return { job, step: checkpoint.step };
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return { job: name };
    throw error;
  }
}
