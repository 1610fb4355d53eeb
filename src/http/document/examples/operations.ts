/**
 * The example request and answers of each operation, by its `operationId`. A test sends every request, and holds every
 * answer to its schema; an operation without an answer here is red there.
 */
import { alias, aliasTarget } from './aliases.ts';
import { preview, sheet, uploads } from './datasets.ts';
import { evaluated, evaluation, examination, report, tried, validation } from './diagnosis.ts';
import { exampleAlias } from './ids.ts';
import {
  cancelled,
  changedJobs,
  eventPage,
  eventStream,
  imported,
  paused,
  queued,
  submission,
  succeeded,
  watchedStream,
} from './jobs.ts';
import {
  checkpointPage,
  exampleModelFile,
  explanation,
  explanationRequest,
  prediction,
  predictionRequest,
} from './models.ts';
import * as protocols from './protocols.ts';
import { document, metrics, presetPage, readiness, taskPage, workerPage } from './service.ts';
import { nextSteps, session, sessionRequest, stepPredictions } from './sessions.ts';

/** By media type. */
type Contents = Readonly<Record<string, unknown>>;

interface OperationExample {
  body?: Contents;
  /** What comes back where the request succeeds; a body that is no text has none. */
  answer?: Contents;
}

function json(value: unknown): Contents {
  return { 'application/json': value };
}

/** The operation on a model, and that on a version of it. */
function ofBothPaths(operation: string, example: OperationExample): Record<string, OperationExample> {
  return { [operation]: example, [`${operation}Version`]: example };
}

export const operationExamples: Readonly<Record<string, OperationExample>> = {
  submitJob: { body: json(submission), answer: json(queued) },
  importModel: { body: { 'application/octet-stream': exampleModelFile }, answer: json(imported) },
  validateJob: { body: json(tried), answer: json(validation) },
  listJobs: { answer: json({ data: [succeeded], nextCursor: null }) },
  getJob: { answer: json(succeeded) },
  cancelJob: { answer: json(cancelled) },
  pauseJob: { answer: json(paused) },
  resumeJob: { answer: json(queued) },
  retryJob: { body: json({ from: 'beginning' }), answer: json(queued) },
  cancelJobs: { answer: json(changedJobs) },
  deleteJobs: { answer: json(changedJobs) },
  followEvents: { answer: { ...json(eventPage), 'text/event-stream': eventStream } },
  watchJobs: { answer: { 'text/event-stream': watchedStream } },
  listCheckpoints: { answer: json(checkpointPage) },
  getReport: { answer: json(report) },
  evaluateJob: { body: json(evaluation), answer: json(evaluated) },
  predict: { body: json(predictionRequest), answer: json(prediction) },
  listAliases: { answer: json({ data: [alias], nextCursor: null }) },
  setAlias: { body: json(aliasTarget), answer: json(alias) },
  getAlias: { answer: json(alias) },
  aliasHistory: { answer: json({ data: [alias], nextCursor: null }) },
  rollbackAlias: { body: json({}), answer: json(alias) },
  openSession: { body: json(sessionRequest), answer: json(session) },
  step: { body: json(nextSteps), answer: json(stepPredictions) },
  getSession: { answer: json(session) },
  explain: { body: json(explanationRequest), answer: json(explanation) },
  inferenceServer: { answer: json(protocols.inferenceServer) },
  inferenceLive: { answer: json({ live: true }) },
  inferenceReady: { answer: json({ ready: true }) },
  ...ofBothPaths('inferenceModel', { answer: json(protocols.inferenceModel) }),
  ...ofBothPaths('inferenceModelReady', { answer: json({ name: exampleAlias, ready: true }) }),
  ...ofBothPaths('infer', { body: json(protocols.inferenceRequest), answer: json(protocols.inferenceAnswer) }),
  ...ofBothPaths('servingStatus', { answer: json(protocols.servingStatus) }),
  ...ofBothPaths('servingMetadata', { answer: json(protocols.servingMetadata) }),
  ...ofBothPaths('servingPredict', { body: json(protocols.servingRequest), answer: json(protocols.servingAnswer) }),
  uploadDataset: { body: uploads, answer: json(sheet) },
  listDatasets: { answer: json({ data: [sheet], nextCursor: null }) },
  getDataset: { answer: json(sheet) },
  previewDataset: { answer: json(preview) },
  examineDataset: { answer: json(examination) },
  listPresets: { answer: json(presetPage) },
  listTasks: { answer: json(taskPage) },
  listWorkers: { answer: json(workerPage) },
  live: { answer: json({ status: 'ok' }) },
  ready: { answer: json(readiness) },
  metrics: { answer: { 'text/plain': metrics } },
  openapi: { answer: json(document) },
};
