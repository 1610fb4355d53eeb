/**
 * What a failure looks like from outside: the one place where errors become statuses and RFC 9457 problem documents.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  BusyError,
  ConflictError,
  CorruptCheckpointError,
  CorruptDatasetError,
  EngineUnavailableError,
  InvalidInputError,
  type Issue,
  LookbackError,
  NotFoundError,
  QueueFullError,
  QuotaError,
  UnavailableError,
  UnsupportedVersionError,
} from '../platform/errors.ts';
import { cut, show } from '../platform/input/shown.ts';
import { limits } from '../platform/limits.ts';
import { storageFailureOf } from '../storage/failure.ts';
import { RangeNotSatisfiableError } from './download/byte-range.ts';
import { PreconditionFailedError } from './download/conditions.ts';
import { isFree } from './pipelining.ts';
import { isOfProtocol } from './protocol-paths.ts';
import type { Problem } from './schemas.ts';
import { answerUnrouted, MethodNotAllowedError, noRoute, pathOf } from './unrouted.ts';

/** Seconds after which a caller may try again when a part that we depend on is away. */
const retryAfterSeconds = 1;
/** The same when the queue is full: a job takes seconds at least. */
const queueRetryAfterSeconds = 10;

/** Codes for what Fastify refuses by itself; `detail` replaces a message that would not help a caller, or that repeats the whole URL. */
const fastifyCodes: Record<string, { code: string; detail?: string }> = {
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'bad_content_length' },
  FST_ERR_BAD_URL: {
    code: 'bad_url',
    detail:
      'The path is no URL: a percent sign must be followed by two hexadecimal digits, and what they encode must be UTF-8.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: 'uri_too_long',
    detail: `A part of the path, as an id or a step, must have a length of at most ${limits.pathPart}.`,
  },
};

/** A body of a kind that is not taken here, or compressed in a way that is not; the headers say what is. */
export class UnsupportedMediaTypeError extends LookbackError {
  readonly headers: Readonly<Record<string, string>>;
  constructor(message: string, headers: Readonly<Record<string, string>> = {}) {
    super('unsupported_media_type', message);
    this.headers = headers;
  }

  /** Of a request with a type that is none of those taken. */
  static ofType(sent: string | undefined, taken: readonly string[]): UnsupportedMediaTypeError {
    const list = taken.length > 1 ? `one of ${taken.join(', ')}` : taken[0];
    const found = sent ? `is ${show(sent)}` : 'is missing';
    return new UnsupportedMediaTypeError(`The Content-Type must be ${list}, but ${found}.`);
  }
}

/** A body that is larger than its route takes. */
export class BodyTooLargeError extends LookbackError {
  /** @param limit in bytes. */
  constructor(limit: number) {
    super('body_too_large', `The body is larger than ${limit} bytes, which is the limit here.`);
  }
}

/** An `Accept` that allows none of what a route sends. */
export function notAcceptable(accept: string | undefined, sent: readonly string[]): InvalidInputError {
  const message = `Events come as ${sent.join(' or as ')}; Accept, which is ${show(accept)}, allows neither.`;
  return new InvalidInputError(message, [], { code: 'not_acceptable' });
}

/** The statuses of Lookback's own errors; any other kind is a fault of ours. */
const statuses: [abstract new (...args: never[]) => LookbackError, number][] = [
  [InvalidInputError, 400],
  [NotFoundError, 404],
  [ConflictError, 409],
  [CorruptCheckpointError, 409],
  [CorruptDatasetError, 409],
  [UnsupportedVersionError, 409],
  [PreconditionFailedError, 412],
  [BodyTooLargeError, 413],
  [UnsupportedMediaTypeError, 415],
  [RangeNotSatisfiableError, 416],
  [EngineUnavailableError, 422],
  [BusyError, 503],
  [QueueFullError, 429],
  [UnavailableError, 503],
  [QuotaError, 507],
];

/** Codes whose status is not that of their kind. */
const statusesOfCodes: Record<string, number> = {
  dataset_too_large: 413,
  model_too_large: 413,
  origin_not_allowed: 403,
  not_acceptable: 406,
  host_not_allowed: 421,
};

interface Failure {
  status: number;
  code: string;
  detail: string;
  issues: readonly Issue[];
}

function failureOf(error: Error & Partial<FastifyError>): Failure {
  if (error instanceof MethodNotAllowedError)
    return { status: 405, code: error.code, detail: error.message, issues: [] };
  const storage = storageFailureOf(error);
  if (storage) {
    const status = storage.code === 'storage_full' ? 507 : 503;
    return { status, code: storage.code, detail: storage.message, issues: [] };
  }
  if (error instanceof LookbackError) {
    const { code, message: detail, issues } = error;
    const status = statusesOfCodes[code] ?? statuses.find(([kind]) => error instanceof kind)?.[1] ?? 500;
    return status === 500 ? { ...internal, code } : { status, code, detail, issues };
  }
  const status = error.statusCode ?? 500;
  if (status < 400 || status >= 500) return internal;
  const known = fastifyCodes[error.code ?? ''];
  const code = known?.code ?? 'bad_request';
  return { status, code, detail: known?.detail ?? error.message, issues: [] };
}

/** What went wrong inside is for the log, not for the caller. */
const internal: Failure = {
  status: 500,
  code: 'internal',
  detail: 'Something went wrong here; the log of the service says what.',
  issues: [],
};

/**
 * Errors that are no fault to be logged for every request, though their status is one of the service's: that Redis does
 * not answer is said when it is noticed (`platform/redis/availability.ts`), and of what is busy or full a caller could
 * fill the log.
 */
const refusals = [UnavailableError, BusyError, QuotaError] as const;

/** What says more than the error of Fastify's that it stands for. */
const ownErrors: Record<string, (request: FastifyRequest) => LookbackError> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: notJson,
  FST_ERR_CTP_BODY_TOO_LARGE: ({ routeOptions: { bodyLimit } }) => new BodyTooLargeError(bodyLimit),
};

/** Sends any error as a problem document, or as the protocol of the path has it, and logs it if it is ours to mend. */
export function sendProblem(
  thrown: Error & { code?: string },
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = ownErrors[thrown.code ?? '']?.(request) ?? thrown;
  const { status, code, detail, issues } = failureOf(error);
  if (status >= 500 && !refusals.some((kind) => error instanceof kind))
    request.log.error({ err: error }, 'request failed');
  else request.log.debug({ err: error }, 'request refused');
  const path = pathOf(request);
  if (error instanceof MethodNotAllowedError) reply.header('allow', error.allowed.join(', '));
  if (error instanceof UnsupportedMediaTypeError || error instanceof RangeNotSatisfiableError)
    reply.headers(error.headers);
  if (status === 503) reply.header('retry-after', retryAfterSeconds);
  if (error instanceof QueueFullError) reply.header('retry-after', queueRetryAfterSeconds);
  reply.code(status);
  // As bytes: a text of this type would get a charset, which clients of the protocols do not expect.
  if (isOfProtocol(path)) return reply.type('application/json').send(Buffer.from(JSON.stringify({ error: detail })));
  const problem = problemOf({ status, code, detail, issues }, cut(path, longestPath));
  // As text: what a route declares for a status has no say in it.
  return reply.header('content-type', 'application/problem+json').send(JSON.stringify(problem));
}

/** Routes that take something else than JSON say so themselves. */
function notJson({ headers }: FastifyRequest): UnsupportedMediaTypeError {
  const refusal = UnsupportedMediaTypeError.ofType(headers['content-type'], ['application/json']);
  if (headers['content-length'] !== '0') return refusal;
  // As of `curl -d ''`, which names the type of a form.
  return new UnsupportedMediaTypeError(
    `The body is empty. ${refusal.message} Send a JSON object (curl -H 'content-type: application/json' -d '{}'), or neither body nor Content-Type where the route needs none.`,
  );
}

/** The problem document that `sendProblem` makes of an error of the request for a path. */
export function problemOfError(error: Error, path: string): Problem {
  return problemOf(failureOf(error), path);
}

function problemOf({ status, code, detail, issues }: Failure, instance?: string): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...(instance === undefined ? {} : { instance }),
    code,
    ...(issues.length > 0 ? { errors: [...issues] } : {}),
  };
}

/** What never became a request: broken HTTP, headers that are too large, a request that took too long to arrive. */
const protocolFailures: Record<string, Failure> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers_too_large',
    detail: 'The URL and the headers together are larger than 16 KiB.',
    issues: [],
  },
  ERR_UPLOAD_TOO_SLOW: {
    status: 408,
    code: 'upload_too_slow',
    detail: `An upload has to bring ${limits.uploadWindowBytes} bytes in ${limits.uploadWindowSeconds} s, and this one did not.`,
    issues: [],
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', detail: 'The request took too long.', issues: [] },
};
const malformedHttp: Failure = { status: 400, code: 'malformed_http', detail: 'This is not HTTP.', issues: [] };

/** Answers a connection on which no request could be read, and ends it. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!isFree(socket)) {
    socket.destroySoon();
    return;
  }
  endWith(socket, protocolFailures[error.code ?? ''] ?? malformedHttp);
}

/** Answers a request with an `Expect` that is not `100-continue`. */
function refuseExpectation({ headers, socket }: IncomingMessage): void {
  const detail = `The only expectation that is met is 100-continue, but Expect is ${show(headers.expect)}.`;
  endWith(socket, { status: 417, code: 'expectation_failed', detail, issues: [] });
}

/** Writes a problem document on a connection, and ends it. */
function endWith(socket: Socket, failure: Failure): void {
  const body = JSON.stringify(problemOf(failure));
  const head = [
    `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status]}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Content-Type: application/problem+json',
    'Connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

/** Characters of a path that an answer repeats. */
const longestPath = 200;

/** Makes every refusal a problem document. To be called before the routes are registered. */
export function registerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: Error, request, reply) => sendProblem(error, request, reply));
  // For a route that finds nothing, as that of the files of /docs.
  app.setNotFoundHandler((request, reply) => sendProblem(noRoute(pathOf(request)), request, reply));
  app.server.on('checkExpectation', refuseExpectation);
  answerUnrouted(app);
}
