/**
 * How requests are sent: with the key, again where that is safe, and with refusals as errors.
 */
import { ApiError, ApiUnavailableError, errorOf } from './errors.ts';

export interface ConnectionOptions {
  /** What opens a service that asks for it, as `lb_…`. */
  key?: string;
  /**
   * How often a request that may be repeated is sent again where the service is busy or cannot be reached: every GET,
   * and what changes nothing when it comes twice. 0: never.
   */
  retries?: number;
  /** In place of the global fetch. */
  fetch?: typeof fetch;
}

export interface RequestOptions {
  query?: object;
  body?: unknown;
  headers?: Record<string, string>;
  /** Whether the request may be sent again; every GET may. */
  isRepeatable?: boolean;
  signal?: AbortSignal;
}

/** Before the first retry; each further one waits twice as long, unless the service says how long. */
const firstPauseMs = 250;
/** The service may ask for more patience than a caller has. */
const longestPauseMs = 30_000;

export class Connection {
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #retries: number;
  readonly #fetch: typeof fetch;

  constructor(base: string, { key, retries = 3, fetch: send = (...request) => fetch(...request) }: ConnectionOptions) {
    this.base = base.replace(/\/$/, '');
    this.headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    this.#retries = retries;
    this.#fetch = send;
  }

  url(path: string, query: object = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) search.set(name, String(value));
    }
    return search.size === 0 ? this.base + path : `${this.base}${path}?${search}`;
  }

  /** The JSON of the answer; undefined where there is none. */
  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.send(method, path, options);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** @throws ApiError for a refusal, the TypeError of fetch where the service cannot be reached. */
  async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const { query, body, headers, signal } = options;
    const tries = options.isRepeatable || method === 'GET' ? this.#retries : 0;
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    for (let left = tries, pauseMs = firstPauseMs; ; left--, pauseMs *= 2) {
      try {
        const response = await this.fetch(this.url(path, query), {
          method,
          headers: { ...type, ...headers },
          body: body === undefined ? undefined : JSON.stringify(body),
          signal,
        });
        if (response.ok) return response;
        throw await errorOf(response);
      } catch (error) {
        if (left === 0 || signal?.aborted || !mayPass(error)) throw error;
        const asked = error instanceof ApiError ? error.retryAfterSeconds : null;
        await pause(Math.min(asked === null ? pauseMs : asked * 1000, longestPauseMs), signal);
      }
    }
  }

  /** One request with the key, as it is. */
  fetch(url: string, { headers, ...rest }: RequestInit & { headers?: Record<string, string>; duplex?: 'half' }) {
    return this.#fetch(url, { ...rest, headers: { ...this.headers, ...headers } });
  }
}

/** fetch reports a service that cannot be reached as a TypeError. */
function mayPass(error: unknown): boolean {
  return error instanceof ApiUnavailableError || error instanceof TypeError;
}

/** Resolves after so many milliseconds. @throws what the signal is aborted with. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
