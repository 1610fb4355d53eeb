/**
 * Examples of problem documents, made from the very errors: for each status the usual one, and for some operations one
 * of their own. A test brings about those that a single request can.
 */
import { unsupportedModel } from '../../../formats/reading/refusal.ts';
import {
  ConflictError,
  CorruptDatasetError,
  EngineUnavailableError,
  NotFoundError,
  QueueFullError,
  QuotaError,
  UnavailableError,
  UnsupportedVersionError,
} from '../../../platform/errors.ts';
import { invalidInput } from '../../../platform/input/invalid-input.ts';
import { limits } from '../../../platform/limits.ts';
import { currentVersion } from '../../../platform/versions.ts';
import { missingSession, overtakenSession } from '../../../serving/sessions/session-store.ts';
import { unknownEncoding } from '../../body/content-encoding.ts';
import { RangeNotSatisfiableError } from '../../download/byte-range.ts';
import { PreconditionFailedError } from '../../download/conditions.ts';
import { BodyTooLargeError, notAcceptable, problemOfError, UnsupportedMediaTypeError } from '../../errors.ts';
import { foreignOrigin, noSingleHost, unknownHost } from '../../hosts.ts';
import type { Problem } from '../../schemas.ts';
import { formType, modelTypes, uploadTypes } from '../../upload/upload.ts';
import { exampleAlias, exampleDataset, exampleJob, exampleSession } from './ids.ts';

/** What requests are refused for in these examples. */
export const refused = { origin: 'http://other.example', host: 'other.example', type: 'text/html' };

/** Where a body may be larger than elsewhere. */
const tooLarge = { 413: new BodyTooLargeError(limits.body) };
const diskFull = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
  syscall: 'write',
});

/** By status, where the operation has none of its own. */
const usual: Readonly<Record<string, Error>> = {
  400: noSingleHost(0),
  403: foreignOrigin(refused.origin),
  404: new NotFoundError('job', exampleJob),
  406: notAcceptable(refused.type, ['text/event-stream', 'application/json']),
  409: new UnsupportedVersionError(`The checkpoint 3000 of job ${exampleJob}`, currentVersion + 1, currentVersion),
  412: new PreconditionFailedError('"1c291ca3…"', '"5feceb66…"'),
  413: new BodyTooLargeError(limits.smallBody),
  415: UnsupportedMediaTypeError.ofType(refused.type, ['application/json']),
  416: new RangeNotSatisfiableError('bytes=9999-', 6_286),
  421: unknownHost(refused.host),
  422: new EngineUnavailableError('tensorflow', 'no worker offers it; ask for simd, or "auto".'),
  429: new QueueFullError(limits.queuedJobs),
  500: new Error('a fault'),
  503: new UnavailableError('Redis does not answer; try again in a moment.'),
  507: diskFull,
};

const reusedKey = new ConflictError(
  'idempotency_key_reused',
  'The Idempotency-Key "42" was used for a different request.',
);
const noDataset = new NotFoundError('dataset', exampleDataset);
const damagedDataset = new CorruptDatasetError(exampleDataset);
const noAlias = new NotFoundError('alias', exampleAlias);
/** Of the operations by the protocols on a model, and on a version of it. */
const onModel = { ...tooLarge, 404: noAlias, 415: unknownEncoding('zstd') };
const ofProtocols = [
  'inferenceModel',
  'inferenceModelReady',
  'infer',
  'servingStatus',
  'servingMetadata',
  'servingPredict',
];
const inUse = new ConflictError('in_use', `The job ${exampleJob} is in use: the alias ${exampleAlias} names it.`);
const noSteps = [{ path: 'training.steps', message: 'must be at least 1, but is 0' }];
const noPage = invalidInput('query', [{ path: 'limit', message: 'must be at least 1, but is 0' }]);
const ofSpec = { ...tooLarge, 400: invalidInput('body', noSteps) };
const onDataset = { 404: noDataset, 409: damagedDataset };

function illegal(verb: string) {
  return { 409: new ConflictError('illegal_transition', `A job that is succeeded cannot be asked to ${verb}.`) };
}

/** By operation and status. */
const own: Readonly<Record<string, Readonly<Record<string, Error>>>> = {
  evaluateJob: {
    400: invalidInput('request', [
      { path: 'dataset', message: `(${exampleDataset}) has 1 features, where the model was trained on 3` },
    ]),
  },
  submitJob: {
    ...ofSpec,
    409: reusedKey,
    507: new QuotaError(
      'checkpoint_quota',
      'The job may take 159744 bytes on disk, and the checkpoints of all jobs take 900000; LOOKBACK_MAX_CHECKPOINT_BYTES is 1000000. Remove jobs, or keep fewer checkpoints (training.keep).',
    ),
  },
  validateJob: ofSpec,
  predict: tooLarge,
  listJobs: { 400: noPage },
  followEvents: { 400: noPage },
  listCheckpoints: { 400: noPage },
  listDatasets: { 400: noPage },
  cancelJob: illegal('cancel'),
  pauseJob: illegal('pause'),
  resumeJob: illegal('resume'),
  retryJob: illegal('retry'),
  deleteJob: {
    409: inUse,
  },
  listAliases: { 400: noPage },
  getAlias: { 404: noAlias },
  deleteAlias: { 404: noAlias },
  aliasHistory: { 404: noAlias },
  rollbackAlias: {
    404: noAlias,
    409: new ConflictError(
      'checkpoint_gone',
      `A checkpoint that version 1 of the alias ${exampleAlias} named was removed.`,
    ),
  },
  step: { 404: missingSession(exampleSession), 409: overtakenSession(exampleSession) },
  getSession: { 404: missingSession(exampleSession) },
  endSession: { 404: missingSession(exampleSession) },
  ...Object.fromEntries(ofProtocols.flatMap((name) => [name, `${name}Version`].map((one) => [one, onModel]))),
  getDataset: onDataset,
  previewDataset: onDataset,
  examineDataset: onDataset,
  deleteDataset: {
    404: noDataset,
    409: new ConflictError('dataset_in_use', `The dataset ${exampleDataset} is needed by the job ${exampleJob}.`),
  },
  importModel: {
    400: unsupportedModel('memory', '(LSTM) has activation "relu": "tanh" is needed'),
    409: reusedKey,
    415: UnsupportedMediaTypeError.ofType(refused.type, modelTypes),
  },
  uploadDataset: {
    415: UnsupportedMediaTypeError.ofType(refused.type, [...Object.keys(uploadTypes), formType]),
  },
};

/** The problem document of an operation for a status. @param path of the operation, with its ids. */
export function problemExample(operationId: string, status: string, path: string): Problem {
  return problemOfError(own[operationId]?.[status] ?? usual[status], path);
}
