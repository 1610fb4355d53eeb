/**
 * What the API answers when it refuses: RFC 9457 problem details, as one class for each kind of refusal.
 */
import type { Problem } from '../http/schemas.ts';

export class ApiError extends Error {
  readonly status: number;
  /** Stable name of the error: what a program looks at. */
  readonly code: string;
  /** For invalid input: what is wrong, field by field. */
  readonly errors: NonNullable<Problem['errors']>;
  /** Seconds after which the service asks to be tried again. */
  readonly retryAfterSeconds: number | null;

  constructor(status: number, problem: Partial<Problem>, retryAfterSeconds: number | null = null) {
    super(problem.detail ?? problem.title ?? `The API answered ${status}.`);
    this.name = new.target.name;
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** 400: a field, a parameter or an upload is not valid; `errors` names what. */
export class ApiInputError extends ApiError {}
/** 401, 403: who asks may not do this. */
export class ApiAccessError extends ApiError {}
/** 404: there is no such thing. */
export class ApiNotFoundError extends ApiError {}
/** 409: the state of what is asked for does not allow this. */
export class ApiConflictError extends ApiError {}
/** 429, 503: busy, or something is missing for the moment; the same request may succeed later. */
export class ApiUnavailableError extends ApiError {}

const kinds: Record<number, typeof ApiError> = {
  400: ApiInputError,
  401: ApiAccessError,
  403: ApiAccessError,
  404: ApiNotFoundError,
  409: ApiConflictError,
  429: ApiUnavailableError,
  503: ApiUnavailableError,
};

/** The error that a refusal stands for. */
export async function errorOf(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => null);
  return errorOfProblem(response.status, problem, retryAfter(response));
}

export function errorOfProblem(status: number, problem: unknown, retryAfterSeconds: number | null = null): ApiError {
  const Kind = kinds[status] ?? ApiError;
  return new Kind(status, typeof problem === 'object' ? (problem ?? {}) : {}, retryAfterSeconds);
}

function retryAfter(response: Response): number | null {
  const value = response.headers.get('retry-after');
  return value !== null && /^\d+$/.test(value) ? Number(value) : null;
}
