/**
 * What callers can do with sessions. Steps of one session come one call after the other in this process; of calls that
 * meet in several processes one counts, and the others are refused.
 */
import { ConflictError, CorruptCheckpointError, NotFoundError } from '../../platform/errors.ts';
import type { WrittenJson } from '../json-bytes.ts';
import type { ServedModel, ServedModels } from '../models/served-models.ts';
import type { Outcome, PredictionService } from '../prediction-service.ts';
import type { OnGone } from '../threads/predictor-pool.ts';
import type { Session, SessionRequest, StepsRequest } from './session.ts';
import type { SessionStore, StoredSession } from './session-store.ts';

export class SessionService {
  readonly #store: SessionStore;
  readonly #models: ServedModels;
  readonly #predictions: PredictionService;
  /** The last call that is under way, by session. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(store: SessionStore, predictions: PredictionService) {
    this.#store = store;
    this.#models = predictions.models;
    this.#predictions = predictions;
  }

  /** @throws as `ServedModels.resolve` and `SessionStore.create` */
  async open(request: SessionRequest, idempotencyKey?: string): Promise<{ session: Session; isRepeated: boolean }> {
    const found = await this.#models.resolve(request);
    const { id, isRepeated } = await this.#store.create(found, request, idempotencyKey);
    return { session: await this.#store.show(id), isRepeated };
  }

  get(id: string): Promise<Session> {
    return this.#store.show(id);
  }

  end(id: string): Promise<void> {
    return this.#store.end(id);
  }

  /**
   * The predictions after the next steps, as JSON.
   * @throws NotFoundError; InvalidInputError; BusyError; ConflictError `session_conflict`, `checkpoint_gone`
   */
  async step(id: string, request: StepsRequest, onGone: OnGone): Promise<Outcome<WrittenJson>> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const call = before.then(() => this.#step(id, request, onGone));
    const settled = call.catch(() => {});
    this.#last.set(id, settled);
    try {
      return await call;
    } finally {
      if (this.#last.get(id) === settled) this.#last.delete(id);
    }
  }

  async #step(id: string, { steps, after }: StepsRequest, onGone: OnGone): Promise<Outcome<WrittenJson>> {
    const session = await this.#store.read(id);
    if (after !== undefined && after !== session.steps) {
      throw new ConflictError(
        'session_conflict',
        `The session ${id} has had ${session.steps} steps, but the call comes after ${after}; its steps were not counted.`,
      );
    }
    const model = await this.#modelOf(session);
    const { job, model: alias, checkpoint } = session;
    const count = session.steps + steps.length;
    const head = { id, job, ...(alias === undefined ? {} : { model: alias }), checkpoint, steps: count };
    const work = { steps, from: session.state ?? session.initialState, head };
    const outcome = await this.#predictions.proceed(model, work, onGone);
    if (outcome.status === 'dropped') return outcome;
    await this.#store.advance(session, steps.length, outcome.answer.state);
    return { status: 'predicted', answer: outcome.answer.json };
  }

  async #modelOf(session: StoredSession): Promise<ServedModel> {
    const { id, job, model, checkpoint } = session;
    try {
      return { job, model, checkpoint, ...(await this.#models.load(session)) };
    } catch (error) {
      if (!(error instanceof NotFoundError) && !(error instanceof CorruptCheckpointError)) throw error;
      throw new ConflictError(
        'checkpoint_gone',
        `The session ${id} cannot go on: the checkpoint ${checkpoint.step} of job ${job} was removed or is damaged.`,
      );
    }
  }
}
