/**
 * The errors of Lookback: one base class with a stable code, and one class for each kind of failure. `http/errors.ts`
 * maps them to statuses; nothing else does.
 */

import type { FailureCategory } from './failure-category.ts';
import { cut } from './input/shown.ts';

/** One thing that is wrong with an input: where it stands and what was expected. */
export interface Issue {
  /** Dotted path of the field, as in `model.units` or `sequences[2][0]`. */
  path: string;
  message: string;
  /**
   * Where the field is as its schema says. between-fields: it does not go with other fields; unknown-id: it names
   * something that is not there.
   */
  rule?: 'between-fields' | 'unknown-id';
}

export class LookbackError extends Error {
  readonly code: string;
  readonly category: FailureCategory;
  /** What is wrong, field by field, where the error is about an input. */
  readonly issues: readonly Issue[];

  constructor(
    code: string,
    message: string,
    options: { category?: FailureCategory; issues?: readonly Issue[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.category = options.category ?? 'bug';
    this.issues = options.issues ?? [];
  }
}

/** The request or the spec asks for something that cannot be: the caller has to change it. */
export class InvalidInputError extends LookbackError {
  constructor(message: string, issues: readonly Issue[], options: { code?: string; cause?: unknown } = {}) {
    super(options.code ?? 'invalid_input', message, { category: 'user', issues, cause: options.cause });
  }
}

/** Characters of an id in a message. */
const longestId = 100;

/** There is no such job, checkpoint, dataset or preset. */
export class NotFoundError extends LookbackError {
  /** @param why what there is instead, or what to wait for: a sentence or two. */
  constructor(what: string, id: string, why?: string) {
    super(
      `${what.replaceAll(' ', '_')}_not_found`,
      `There is no ${what} ${JSON.stringify(cut(String(id), longestId))}.${why ? ` ${why}` : ''}`,
      {
        category: 'user',
      },
    );
  }

  /** The same, with what there is instead, or what to wait for. */
  because(why: string): NotFoundError {
    // Not from fields of its own, which an error that comes from another thread has lost.
    return Object.assign(new NotFoundError('', ''), { code: this.code, message: `${this.message} ${why}` });
  }
}

/** The thing exists, but not in a state in which this can be done to it. */
export class ConflictError extends LookbackError {
  constructor(code: string, message: string) {
    super(code, message, { category: 'user' });
  }
}

/** As many jobs wait as may: the same call may succeed when some are done. */
export class QueueFullError extends LookbackError {
  constructor(limit: number) {
    const message = `${limit} jobs are queued, which is the limit: submit again when some are done, or cancel some.`;
    super('queue_full', message, { category: 'capacity' });
  }
}

/** Redis, the disk or another part that we depend on does not answer; the same call may succeed later. */
export class UnavailableError extends LookbackError {
  constructor(message: string, cause?: unknown) {
    super('unavailable', message, { category: 'infrastructure', cause });
  }
}

/** More is asked for at once than can be done; the same call may succeed in a moment. */
export class BusyError extends LookbackError {
  constructor(message: string) {
    super('busy', message, { category: 'capacity' });
  }
}

/** The loss or a weight became infinite or not a number. */
export class DivergedError extends LookbackError {
  readonly step: number;
  constructor(step: number) {
    super(
      'diverged',
      `Training diverged: at step ${step} the loss was no longer a finite number. A smaller optimizer.learningRate, or an optimizer.clipNorm, usually mends it.`,
      { category: 'user' },
    );
    this.step = step;
  }
}

/** A checkpoint's bytes are not those that its manifest promises. */
export class CorruptCheckpointError extends LookbackError {
  constructor(message: string, cause?: unknown) {
    super('corrupt_checkpoint', message, { category: 'infrastructure', cause });
  }
}

/** What a job starts from is not what its record says. */
export class InitialModelLostError extends LookbackError {
  constructor(cause?: unknown) {
    super(
      'initial_model_lost',
      'The copy of the weights that this job starts from is missing or damaged: submit the job again.',
      { category: 'data', cause },
    );
  }
}

/** A dataset's files are not as its sheet says. */
export class CorruptDatasetError extends LookbackError {
  constructor(id: string, cause?: unknown) {
    super('corrupt_dataset', `The files of dataset ${id} are damaged: delete it and upload it again.`, {
      category: 'infrastructure',
      cause,
    });
  }
}

/** What lies there was written by a newer Lookback: it is refused and left as it is, for it is not damaged. */
export class UnsupportedVersionError extends LookbackError {
  constructor(what: string, version: unknown, newest: number) {
    super(
      'unsupported_version',
      `${what} has version ${JSON.stringify(version)}, but this Lookback reads versions up to ${newest}; a newer one has to read it. It is left as it is.`,
      { category: 'capacity' },
    );
  }
}

/** A quota of disk that the operator has set leaves no place for it. */
export class QuotaError extends LookbackError {
  constructor(code: 'checkpoint_quota' | 'dataset_quota', message: string) {
    super(code, message, { category: 'capacity' });
  }
}

/**
 * What keeps a store from being used: it has no room, refuses what it is asked (no right, no such bucket), answers that
 * it cannot do it now, or does not answer.
 */
type StorageFailureCode =
  | 'storage_full'
  | 'storage_not_writable'
  | 'storage_refused'
  | 'storage_failing'
  | 'storage_unreachable';

export interface StorageFailure {
  code: StorageFailureCode;
  /** One sentence for callers, with what the store answered. */
  message: string;
}

/** A store cannot do what it is asked; that says nothing about the data that lie in it. */
export class StorageError extends LookbackError implements StorageFailure {
  declare readonly code: StorageFailureCode;

  constructor(code: StorageFailureCode, message: string, cause?: unknown) {
    super(code, message, { category: code === 'storage_full' ? 'capacity' : 'infrastructure', cause });
  }
}

/** A later attempt of the job has taken over: what this one still writes counts for nothing. */
export class FencedError extends LookbackError {
  constructor(attempt: number, newest: number) {
    const message =
      newest > attempt
        ? `Attempt ${newest} has taken over from attempt ${attempt}.`
        : `The job’s files were removed during attempt ${attempt}.`;
    super('fenced', message, { category: 'infrastructure' });
  }
}

/** The engine that a job asks for cannot run on this machine. */
export class EngineUnavailableError extends LookbackError {
  constructor(engine: string, remedy: string, cause?: unknown) {
    super('engine_unavailable', `The engine "${engine}" cannot run here: ${remedy}`, { category: 'capacity', cause });
  }
}
