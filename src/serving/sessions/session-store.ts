/**
 * Sessions in Redis: each step is committed over the state that it was computed from. They end by themselves when no
 * step comes.
 */
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { FoundCheckpoint } from '../../checkpoints/model-reference.ts';
import { BusyError, ConflictError, NotFoundError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { asUnavailable, asUnconfirmed, type KeyNames } from '../../platform/redis/connections.ts';
import type { InitialState } from '../prediction-request.ts';
import { type SessionCommands, withSessionCommands } from './commands/index.ts';
import type { Session, SessionRequest } from './session.ts';

const idleMs = limits.sessionIdleSeconds * 1000;
/** How long an Idempotency-Key is remembered. */
const idempotencySeconds = 24 * 60 * 60;

/** What a session is made of, for as long as it lives. */
interface SessionRecord extends FoundCheckpoint {
  initialState: InitialState;
  createdAt: string;
}

export interface StoredSession extends SessionRecord {
  id: string;
  steps: number;
  /** One row's state vectors after the last step; undefined: there was none yet. */
  state: Float32Array | undefined;
}

export class SessionStore {
  readonly #redis: Redis & SessionCommands;
  readonly #keys: KeyNames;

  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = withSessionCommands(redis);
    this.#keys = keys;
  }

  /**
   * Opens a session. With an idempotency key a repeated request finds the session that the first one opened.
   * @throws BusyError while there are as many as may be; ConflictError when the key was used for another request.
   */
  async create(
    found: FoundCheckpoint,
    request: SessionRequest,
    idempotencyKey?: string,
  ): Promise<{ id: string; isRepeated: boolean }> {
    const id = `session_${randomBytes(16).toString('hex')}`;
    const { job, model, checkpoint } = found;
    const createdAt = new Date().toISOString();
    const record: SessionRecord = { job, model, checkpoint, initialState: request.initialState, createdAt };
    const [status, repeated] = await this.#redis
      .createSession(
        this.#keys.session(id),
        this.#keys.sessions,
        idempotencyKey ? this.#keys.sessionIdempotency(idempotencyKey) : '',
        id,
        JSON.stringify(record),
        idleMs,
        limits.sessions,
        JSON.stringify(request),
        this.#keys.session(''),
        idempotencySeconds,
      )
      .catch(asUnconfirmed('A session that was opened all the same ends by itself.'));
    switch (status) {
      case 'created':
        return { id, isRepeated: false };
      case 'repeated':
        return { id: repeated, isRepeated: true };
      case 'reused':
        throw new ConflictError(
          'idempotency_key_reused',
          `The Idempotency-Key ${JSON.stringify(idempotencyKey)} was used for a different request.`,
        );
      default:
        throw allOpen();
    }
  }

  /**
   * Begins a session under an id that the caller chose, with its first steps; one that has the id already ends.
   * @throws BusyError while there are as many as may be.
   */
  async begin(id: string, found: FoundCheckpoint, steps: number, state: Float32Array): Promise<void> {
    const record: SessionRecord = { ...found, initialState: 'trained', createdAt: new Date().toISOString() };
    const status = await this.#redis
      .beginSession(
        this.#keys.session(id),
        this.#keys.sessions,
        id,
        JSON.stringify(record),
        String(steps),
        encodeState(state),
        idleMs,
        limits.sessions,
      )
      .catch(asUnconfirmed('The sequence may have begun all the same; beginning it again replaces it.'));
    if (status !== 'begun') throw allOpen();
  }

  /** @throws NotFoundError, also when it has ended by itself. */
  async read(id: string): Promise<StoredSession> {
    const key = this.#keys.session(id);
    const [record, steps, state] = await this.#redis.hmget(key, 'record', 'steps', 'state').catch(asUnavailable);
    if (!record) throw missingSession(id);
    return { ...JSON.parse(record), id, steps: Number(steps), state: state ? decodeState(state) : undefined };
  }

  /** A session with when it ends. @throws NotFoundError */
  async show(id: string): Promise<Session> {
    const { job, model, checkpoint, steps, createdAt } = await this.read(id);
    const leftMs = await this.#redis.pttl(this.#keys.session(id)).catch(asUnavailable);
    if (leftMs < 0) throw missingSession(id);
    const expiresAt = new Date(Date.now() + leftMs).toISOString();
    return { id, job, ...(model === undefined ? {} : { model }), checkpoint, steps, createdAt, expiresAt };
  }

  /**
   * Takes a session from how it was read to the state after `count` more steps.
   * @throws NotFoundError; ConflictError `session_conflict` when somebody else has taken it further.
   */
  async advance({ id, steps }: StoredSession, count: number, state: Float32Array): Promise<void> {
    const status = await this.#redis
      .advanceSession(
        this.#keys.session(id),
        this.#keys.sessions,
        id,
        String(steps),
        String(steps + count),
        encodeState(state),
        idleMs,
      )
      .catch(asUnconfirmed('The steps may count all the same: GET shows how many there are.'));
    if (status === 'missing') throw missingSession(id);
    if (status === 'conflict') throw overtakenSession(id);
  }

  /** @throws NotFoundError */
  async end(id: string): Promise<void> {
    const ended = await this.#redis.endSession(this.#keys.session(id), this.#keys.sessions, id).catch(asUnavailable);
    if (ended === 0) throw missingSession(id);
  }
}

function allOpen(): BusyError {
  return new BusyError(
    `${limits.sessions} sessions are open, which is the limit; each ends ${limits.sessionIdleSeconds} s after its last step.`,
  );
}

export function missingSession(id: string): NotFoundError {
  return new NotFoundError('session', id, `A session ends ${limits.sessionIdleSeconds} s after its last step.`);
}

export function overtakenSession(id: string): ConflictError {
  return new ConflictError(
    'session_conflict',
    `Other steps of the session ${id} came in the same moment; these were not counted.`,
  );
}

function encodeState({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function decodeState(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}
