/**
 * The typed client of the HTTP API, the package's entry `lookback/client`: over fetch, in Node, browsers, Deno and Bun.
 */
import type { z } from 'zod';
import type { CheckpointChoice } from '../checkpoints/choice.ts';
import type { DownloadFormat } from '../checkpoints/download/formats.ts';
import type { ImportRequest } from '../checkpoints/import/import-request.ts';
import type { ModelReference } from '../checkpoints/model-reference.ts';
import type { CheckpointSummary } from '../checkpoints/summary-schema.ts';
import type { UploadRequest } from '../data/datasets/ingest/request.ts';
import type { DatasetSheet } from '../data/datasets/sheet.ts';
import type { PreviewSequence } from '../data/datasets/stored/preview-schema.ts';
import type { TaskEntry } from '../data/tasks/catalogue.ts';
import type { DoctorReport, ExaminationDepth } from '../diagnosis/doctor/doctor-schema.ts';
import type { EvaluatedCheckpoint } from '../diagnosis/report/evaluation-schema.ts';
import type { Report } from '../diagnosis/report/report-schema.ts';
import type { ChangedJob, JobFilter } from '../http/routes/bulk-jobs.ts';
import type { PresetEntry } from '../http/routes/catalogue.ts';
import type { Readiness } from '../http/routes/health.ts';
import type { JobEvent, SentJobEvent } from '../jobs/event.ts';
import type { WatchedEvent } from '../jobs/event-feed.ts';
import type { JobView } from '../jobs/record.ts';
import type { JobStatus } from '../jobs/status.ts';
import type { Validation } from '../jobs/use-cases/validate.ts';
import type { WorkerInfo } from '../jobs/workers/worker-info.ts';
import type { Alias, AliasTarget } from '../serving/aliases/alias.ts';
import type { ExplanationRequest, ExplanationResult } from '../serving/explain/explanation.ts';
import type { PredictionRequest } from '../serving/prediction-request.ts';
import type {
  Prediction,
  PredictionResult,
  PredictionResultOf,
  SequencePrediction,
  WithProbabilities,
} from '../serving/prediction-result.ts';
import type { Session, SessionRequest, StepsResult } from '../serving/sessions/session.ts';
import type { JobSpecInput } from '../spec/job-spec.ts';
import { Connection, type ConnectionOptions, type RequestOptions } from './connection.ts';
import { type FollowOptions, followEvents, watchEvents } from './events.ts';
import { type UploadContent, type UploadOptions, upload } from './upload.ts';

export type { ConnectionOptions } from './connection.ts';
export * from './errors.ts';
export type { UploadContent, UploadOptions, UploadSequence } from './upload.ts';
export type { DownloadFormat };

export type RemoteJob = JobView;
export type RemoteEvent = SentJobEvent;

export interface Page<Item> {
  data: Item[];
  /** Hand it back for what follows; null: nothing does. */
  nextCursor: string | null;
}

interface PageOptions {
  limit?: number;
  cursor?: string;
}

/** A checkpoint as it is downloaded: a file, under the name that the service gives it. */
export interface CheckpointDownload {
  name: string;
  bytes: number | null;
  body: ReadableStream<Uint8Array>;
}

export class LookbackClient {
  readonly #connection: Connection;

  /** `base` is the address of the service, as `http://localhost:3000`. */
  constructor(base: string, options: ConnectionOptions = {}) {
    this.#connection = new Connection(base, options);
  }

  /** Without an `idempotencyKey` of the caller's it carries one of its own, so that a retry makes no second job. */
  submit(spec: JobSpecInput, options: { idempotencyKey?: string } = {}): Promise<RemoteJob> {
    const headers = { 'idempotency-key': options.idempotencyKey ?? crypto.randomUUID() };
    return this.#request('POST', '/v1/jobs', { body: spec, headers, isRepeatable: true });
  }

  /** A dry run: what the job would be, and what the doctor says of its data. */
  validate(spec: JobSpecInput, options: { signal?: AbortSignal } = {}): Promise<Validation> {
    return this.#request('POST', '/v1/jobs/validate', { body: spec, isRepeatable: true, ...options });
  }

  job(id: string): Promise<RemoteJob> {
    return this.#request('GET', `/v1/jobs/${part(id)}`);
  }

  /** Newest first. */
  jobs(options: PageOptions & { status?: JobStatus } = {}): Promise<Page<RemoteJob>> {
    return this.#request('GET', '/v1/jobs', { query: options });
  }

  /** Cancels a job; `keepWork` false: without a checkpoint of what it has learned. */
  cancel(id: string, { keepWork = true }: { keepWork?: boolean } = {}): Promise<RemoteJob> {
    return this.#request('POST', `/v1/jobs/${part(id)}/cancel`, { query: keepWork ? {} : { checkpoint: false } });
  }

  /** It writes a checkpoint and frees its worker. */
  pause(id: string): Promise<RemoteJob> {
    return this.#request('POST', `/v1/jobs/${part(id)}/pause`);
  }

  /** It goes on exactly where it stopped. */
  resume(id: string): Promise<RemoteJob> {
    return this.#request('POST', `/v1/jobs/${part(id)}/resume`);
  }

  /** Runs a failed or cancelled job again. */
  retry(id: string, from: 'checkpoint' | 'beginning' = 'checkpoint'): Promise<RemoteJob> {
    return this.#request('POST', `/v1/jobs/${part(id)}/retry`, { body: { from } });
  }

  /** Cancels jobs that fit the filter, a bounded number of them: `nextCursor` leads on. */
  cancelJobs(filter: JobFilter & { cursor?: string; checkpoint?: boolean }): Promise<Page<ChangedJob>> {
    return this.#request('POST', '/v1/jobs/cancel', { query: filter });
  }

  /** Removes jobs that fit the filter, a bounded number of them: `nextCursor` leads on. */
  removeJobs(filter: JobFilter & { cursor?: string }): Promise<Page<ChangedJob>> {
    return this.#request('DELETE', '/v1/jobs', { query: filter });
  }

  report(id: string): Promise<Report> {
    return this.#request('GET', `/v1/jobs/${part(id)}/report`);
  }

  /** How well a checkpoint does on a dataset, which has to fit the model: the figures of a report. */
  evaluate(id: string, dataset: string, checkpoint: CheckpointChoice = 'latest'): Promise<EvaluatedCheckpoint> {
    return this.#request('POST', `/v1/jobs/${part(id)}/evaluate`, {
      body: { dataset, checkpoint },
      isRepeatable: true,
    });
  }

  async remove(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/jobs/${part(id)}`);
  }

  /** By step. */
  checkpoints(
    id: string,
    options: PageOptions = {},
  ): Promise<Page<CheckpointSummary> & { damaged: number[]; unsupported: number[] }> {
    return this.#request('GET', `/v1/jobs/${part(id)}/checkpoints`, { query: options });
  }

  async downloadCheckpoint(
    id: string,
    checkpoint: CheckpointChoice = 'latest',
    format?: DownloadFormat,
  ): Promise<CheckpointDownload> {
    const path = `/v1/jobs/${part(id)}/checkpoints/${checkpoint}/download`;
    const { headers, body } = await this.#connection.send('GET', path, { query: { format } });
    const name = /filename="?([\w.-]+)"?/.exec(headers.get('content-disposition') ?? '')?.[1];
    const length = headers.get('content-length');
    return { name: name ?? `${id}-${checkpoint}`, bytes: length === null ? null : Number(length), body: body! };
  }

  /**
   * Imports a model that was trained elsewhere: a zip with a tfjs model, a `.keras` archive, or safetensors.
   * @throws ApiError `invalid_model`, `unsupported_model`, which names the layer and the option.
   */
  importModel(
    content: Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
    { labels, inputs, ...query }: z.input<typeof ImportRequest> = {},
    options: UploadOptions = {},
  ): Promise<RemoteJob> {
    const texts = { labels: labels && JSON.stringify(labels), inputs: inputs && JSON.stringify(inputs) };
    return upload(this.#connection, this.#connection.url('/v1/jobs/import', { ...query, ...texts }), content, options);
  }

  /** One prediction for each step of each sequence. @param model the id of a job, or a reference to it or to an alias. */
  predict(
    model: string | ModelReference,
    sequences: unknown[],
    checkpoint?: CheckpointChoice,
    initialState: PredictionRequest['initialState'] = 'trained',
  ): Promise<PredictionResultOf<WithProbabilities<Prediction>>> {
    const request = { ...referenceOf(model, checkpoint), sequences, initialState, at: 'every-step' as const };
    return this.predictAny(request) as Promise<PredictionResultOf<WithProbabilities<Prediction>>>;
  }

  /** Whatever a request asks for; without `at` the model answers where it has its labels. */
  predictAny(request: z.input<typeof PredictionRequest>): Promise<PredictionResult> {
    return this.#request('POST', '/predict', { body: request, isRepeatable: true });
  }

  /** One prediction for each sequence, after its last step. */
  predictAtEnd(
    model: string | ModelReference,
    sequences: unknown[],
    checkpoint?: CheckpointChoice,
    initialState: PredictionRequest['initialState'] = 'trained',
  ): Promise<PredictionResultOf<WithProbabilities<SequencePrediction>>> {
    const request = { ...referenceOf(model, checkpoint), sequences, initialState, at: 'end' as const };
    return this.predictAny(request) as Promise<PredictionResultOf<WithProbabilities<SequencePrediction>>>;
  }

  /**
   * Uploads a dataset; the same content, uploaded again, is the same dataset.
   * @throws ApiError `invalid_dataset`, which names up to 20 mistakes.
   */
  uploadDataset(
    content: UploadContent,
    request: z.input<typeof UploadRequest>,
    options: UploadOptions = {},
  ): Promise<DatasetSheet> {
    const { mapping, ...query } = { mapping: undefined, ...request };
    const url = this.#connection.url('/v1/datasets', { ...query, mapping: mapping && JSON.stringify(mapping) });
    return upload(this.#connection, url, content, options);
  }

  /** Newest first. */
  datasets(options: PageOptions = {}): Promise<Page<DatasetSheet>> {
    return this.#request('GET', '/v1/datasets', { query: options });
  }

  dataset(id: string): Promise<DatasetSheet> {
    return this.#request('GET', `/v1/datasets/${part(id)}`);
  }

  /** The first sequences, as they were uploaded. */
  async previewDataset(id: string, sequences = 5): Promise<PreviewSequence[]> {
    const query = { sequences };
    return (await this.#request<Page<PreviewSequence>>('GET', `/v1/datasets/${part(id)}/preview`, { query })).data;
  }

  /** What the doctor says of a dataset, before any training. */
  doctorOfDataset(id: string, depth: ExaminationDepth = 'full'): Promise<DoctorReport> {
    return this.#request('POST', `/v1/datasets/${part(id)}/doctor`, { query: { depth }, isRepeatable: true });
  }

  /** @throws ApiError `dataset_in_use` while a job needs it. */
  async removeDataset(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/datasets/${part(id)}`);
  }

  /**
   * The events of a job, from the first after `after` to the terminal status; a stream that breaks is taken up where it broke.
   * @throws ApiError when the API refuses, as for a job that does not exist.
   */
  events(id: string, after = 0, options: FollowOptions = {}): AsyncGenerator<RemoteEvent> {
    return followEvents(this.#connection, `/v1/jobs/${part(id)}/events`, after, options);
  }

  /**
   * What happens to all jobs from now on. It begins with `reread`, and says it again whenever events may have been
   * missed, as after a break: read the lists then. It goes on until `signal` ends it.
   */
  watch(options: FollowOptions = {}): AsyncGenerator<WatchedEvent> {
    return watchEvents(this.#connection, '/v1/events', options);
  }

  /** A page of the event log; `nextCursor` is the next `after`. */
  eventPage(id: string, options: { after?: number; limit?: number } = {}): Promise<Page<JobEvent>> {
    const headers = { accept: 'application/json' };
    return this.#request('GET', `/v1/jobs/${part(id)}/events`, { query: options, headers });
  }

  /** Which past inputs moved the probabilities at a step, and by how much. */
  explain(request: z.input<typeof ExplanationRequest>): Promise<ExplanationResult> {
    return this.#request('POST', '/predict/explain', { body: request, isRepeatable: true });
  }

  /** By name. */
  aliases(options: PageOptions = {}): Promise<Page<Alias>> {
    return this.#request('GET', '/v1/aliases', { query: options });
  }

  alias(name: string): Promise<Alias> {
    return this.#request('GET', `/v1/aliases/${part(name)}`);
  }

  /** Makes an alias name a checkpoint; it is made, or moved. */
  setAlias(name: string, target: z.input<typeof AliasTarget>): Promise<Alias> {
    return this.#request('PUT', `/v1/aliases/${part(name)}`, { body: target });
  }

  async removeAlias(name: string): Promise<void> {
    await this.#request('DELETE', `/v1/aliases/${part(name)}`);
  }

  /** What an alias has named, the present first. */
  async aliasHistory(name: string): Promise<Alias[]> {
    return (await this.#request<Page<Alias>>('GET', `/v1/aliases/${part(name)}/history`)).data;
  }

  /** Makes an alias name again what a version of it named: by default the one before the present. */
  rollbackAlias(name: string, version?: number): Promise<Alias> {
    return this.#request('POST', `/v1/aliases/${part(name)}/rollback`, { body: { version } });
  }

  /** Opens a sequence that comes step by step. */
  openSession(request: z.input<typeof SessionRequest>, options: { idempotencyKey?: string } = {}): Promise<Session> {
    const headers = options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : undefined;
    return this.#request('POST', '/v1/sessions', { body: request, headers });
  }

  session(id: string): Promise<Session> {
    return this.#request('GET', `/v1/sessions/${part(id)}`);
  }

  /** A prediction after each of the next steps. @param after steps that the caller knows of; others are a conflict. */
  step(id: string, steps: unknown[], after?: number): Promise<StepsResult> {
    return this.#request('POST', `/v1/sessions/${part(id)}/steps`, { body: { steps, after } });
  }

  async endSession(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/sessions/${part(id)}`);
  }

  /** The built-in tasks. */
  async tasks(): Promise<TaskEntry[]> {
    return (await this.#request<Page<TaskEntry>>('GET', '/v1/tasks')).data;
  }

  async presets(): Promise<PresetEntry[]> {
    return (await this.#request<Page<PresetEntry>>('GET', '/v1/presets')).data;
  }

  /** The workers that are there. */
  async workers(): Promise<WorkerInfo[]> {
    return (await this.#request<Page<WorkerInfo>>('GET', '/v1/workers')).data;
  }

  /** Whether the service answers. */
  async isLive(): Promise<boolean> {
    return (await this.#connection.fetch(this.#connection.url('/health/live'), {}).catch(() => null))?.ok ?? false;
  }

  /** @throws ApiError while the service cannot do its work. */
  readiness(): Promise<Readiness> {
    return this.#request('GET', '/health/ready');
  }

  /** In the text format of Prometheus. */
  async metrics(): Promise<string> {
    return (await this.#connection.send('GET', '/metrics')).text();
  }

  /** The document of the API. */
  openapi(): Promise<object> {
    return this.#request('GET', '/openapi.json');
  }

  #request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return this.#connection.json(method, path, options);
  }
}

/** All of a list, page by page: `for await (const job of everyPage((cursor) => client.jobs({ cursor })))`. */
export async function* everyPage<Item>(ask: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await ask(cursor);
    yield* data;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

function referenceOf(model: string | ModelReference, checkpoint: CheckpointChoice | undefined): ModelReference {
  return typeof model === 'string' ? { job: model, checkpoint } : model;
}

/** An id as a part of a path. */
function part(id: string): string {
  return encodeURIComponent(id);
}
