/**
 * What an answer of an S3 server, or none, means to a caller: in the terms of all stores, with what the store answered.
 */
import { StorageError } from '../../platform/errors.ts';

/** The bytes that came are not those that the catalogue names: the store may have no others. */
export class DamagedBlobError extends Error {}

/** As the SDK throws it. */
interface S3Error extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
}

/** What each of these answers means, in words for people. */
const refusals: Record<string, string> = {
  AccessDenied: 'access is denied',
  AllAccessDisabled: 'access is disabled',
  NoSuchBucket: 'there is no such bucket',
  InvalidAccessKeyId: 'it does not know the access key',
  SignatureDoesNotMatch: 'the secret key is wrong',
  ExpiredToken: 'the credentials have expired',
  InvalidToken: 'the session token is not valid',
  RequestTimeTooSkewed: 'the clock of this machine is wrong',
  PermanentRedirect: 'the bucket is in another region: set AWS_REGION',
  AuthorizationHeaderMalformed: 'the bucket is in another region: set AWS_REGION',
  CredentialsProviderError: 'no credentials are set: see AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};
const fullNames: ReadonlySet<string> = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage']);
const busyNames: Record<string, string> = {
  SlowDown: 'it is asked too often',
  ServiceUnavailable: 'its service is not available',
  InternalError: 'it failed itself',
  RequestTimeout: 'the request did not arrive in time',
};

/** What connections fail with. */
const unreachableCodes =
  /^(E(CONN(REFUSED|RESET|ABORTED)|PIPE|NOTFOUND|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|PROTO)|UND_ERR|ERR_STREAM_PREMATURE_CLOSE|ERR_SSL|ERR_TLS|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED)/;
const unreachableNames: ReadonlySet<string> = new Set(['TimeoutError', 'AbortError', 'NetworkingError']);

/** The status of an answer; undefined: there was none. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as S3Error;
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

/** Whether a conditional write found something else than it expected. */
export function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409 || (status === 404 && (error as S3Error).name === 'NoSuchKey');
}

export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && (error as S3Error).name !== 'NoSuchBucket';
}

/** The failure in the terms of all stores. What is of another kind, such as a failure of this machine's disk, stays as it is. */
export function s3FailureOf(error: unknown): unknown {
  if (error instanceof StorageError || error instanceof DamagedBlobError || !(error instanceof Error)) return error;
  const { name, message, code = '' } = error as S3Error;
  const status = statusOf(error);
  const answer = status === undefined ? name : `${name}, status ${status}`;
  const refusal = refusals[name];
  if (refusal) return new StorageError('storage_refused', `The store refuses it: ${refusal} (${answer}).`, error);
  if (fullNames.has(name) || status === 507) {
    return new StorageError('storage_full', `There is no room: the store is full (${answer}).`, error);
  }
  const isSilent = unreachableNames.has(name) || unreachableCodes.test(code) || /socket hang up/.test(message);
  if (isSilent) {
    return new StorageError('storage_unreachable', `The store does not answer (${code || name}).`, error);
  }
  if (status === undefined) return 'syscall' in error ? error : failing(`its answer is broken (${message})`, error);
  if (status >= 500 || status === 429 || name === 'RequestTimeout' || status < 300) {
    return failing(`${busyNames[name] ?? 'it failed'} (${answer})`, error);
  }
  return new StorageError('storage_refused', `The store refuses it (${answer}).`, error);
}

function failing(reason: string, cause: unknown): StorageError {
  return new StorageError('storage_failing', `The store cannot do it at the moment: ${reason}.`, cause);
}

/** Whether the same request may succeed later though nobody mends anything. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof StorageError && (error.code === 'storage_unreachable' || error.code === 'storage_failing');
}
