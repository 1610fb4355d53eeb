/**
 * Sequences of requests, by Triton's extension: sessions whose name the client chooses. A sequence keeps the checkpoint
 * that its first request found. Requests of one sequence have to come one after the other: of those that meet one
 * counts, and the others are refused.
 */
import { createHash } from 'node:crypto';
import { ConflictError, CorruptCheckpointError, NotFoundError } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { show } from '../../platform/input/shown.ts';
import type { ServedModel, ServedModels } from '../models/served-models.ts';
import type { SessionStore, StoredSession } from '../sessions/session-store.ts';
import type { SequencePosition, SequenceState, StartingState } from './protocol.ts';

/** A request of a sequence that is under way. */
export interface BegunRequest {
  model: ServedModel;
  from: StartingState;
  /** Counts the request, which has reached this state. @throws ConflictError, BusyError */
  commit(reached: SequenceState): Promise<void>;
}

export class RequestSequences {
  readonly #store: SessionStore;
  readonly #models: ServedModels;

  constructor(store: SessionStore, models: ServedModels) {
    this.#store = store;
    this.#models = models;
  }

  /**
   * @param name of the model: each has sequences of its own.
   * @param resolve finds the model of the first request.
   * @param version that the request asks for.
   * @throws InvalidInputError when the sequence has not been started, or has another version.
   */
  async begin(
    name: string,
    position: SequencePosition,
    version: string | undefined,
    resolve: () => Promise<ServedModel>,
  ): Promise<BegunRequest> {
    const id = sessionIdOf(name, position.id);
    return position.isStart ? this.#start(id, position, await resolve()) : this.#goOn(id, name, position, version);
  }

  /** A sequence that has the id already ends. */
  #start(id: string, { isEnd }: SequencePosition, model: ServedModel): BegunRequest {
    const { job, model: alias, checkpoint } = model;
    return {
      model,
      from: 'trained',
      commit: async ({ steps, state }) => {
        if (isEnd) await this.#end(id);
        else await this.#store.begin(id, { job, model: alias, checkpoint }, steps, state);
      },
    };
  }

  async #goOn(id: string, name: string, position: SequencePosition, version?: string): Promise<BegunRequest> {
    const session = await this.#store.read(id).catch((error) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw notStarted(name, position.id);
    });
    if (version !== undefined && Number(version) !== session.checkpoint.step) {
      const message = `is ${version}, but the sequence ${show(position.id)} was started with ${session.checkpoint.step}`;
      throw invalidInput('request', [{ path: 'version', message }]);
    }
    return {
      model: await this.#modelOf(session, position.id),
      from: session.state ?? 'trained',
      commit: async ({ steps, state }) => {
        await this.#store.advance(session, steps, state);
        if (position.isEnd) await this.#end(id);
      },
    };
  }

  async #end(id: string): Promise<void> {
    await this.#store.end(id).catch((error) => {
      if (!(error instanceof NotFoundError)) throw error;
    });
  }

  async #modelOf(session: StoredSession, id: string | number): Promise<ServedModel> {
    const { job, model, checkpoint } = session;
    try {
      return { job, model, checkpoint, ...(await this.#models.load(session)) };
    } catch (error) {
      if (!(error instanceof NotFoundError) && !(error instanceof CorruptCheckpointError)) throw error;
      throw new ConflictError(
        'checkpoint_gone',
        `The sequence ${show(id)} cannot go on: the checkpoint ${checkpoint.step} of job ${job} was removed or is damaged.`,
      );
    }
  }
}

/** 42 and "42" are two. */
function sessionIdOf(model: string, id: string | number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([model, id]))
    .digest('hex');
  return `sequence_${hash.slice(0, 32)}`;
}

function notStarted(model: string, id: string | number) {
  const message = `must be true on the first request of a sequence, the START of it: the model ${show(model)} has no sequence ${show(id)}, or it has ended`;
  return invalidInput('request', [{ path: 'parameters.sequence_start', message }]);
}
