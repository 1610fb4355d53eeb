/**
 * The typed client of the HTTP API: over fetch, in Node and in browsers.
 */
import { createParser } from 'eventsource-parser';
import type { z } from 'zod';
import type { UploadRequest } from '../data/datasets/ingest/request.ts';
import type { DatasetSheet } from '../data/datasets/sheet.ts';
import type { PreviewSequence } from '../data/datasets/stored/preview-schema.ts';
import type { TaskEntry } from '../data/tasks/catalogue.ts';
import type { DoctorReport } from '../diagnosis/doctor/doctor-schema.ts';
import type { Report } from '../diagnosis/report/report-schema.ts';
import type { SentJobEvent } from '../jobs/event.ts';
import type { JobView } from '../jobs/record.ts';
import { terminalStatuses } from '../jobs/status.ts';
import type { Validation } from '../jobs/use-cases/validate.ts';
import type { PredictionRequest } from '../serving/prediction-request.ts';
import type { Prediction, PredictionResultOf, SequencePrediction } from '../serving/prediction-result.ts';
import type { JobSpecInput } from '../spec/job-spec.ts';

export type RemoteJob = JobView;
export type RemoteEvent = SentJobEvent;

export interface Page<Item> {
  data: Item[];
  /** Hand it back for what follows; null: nothing does. */
  nextCursor: string | null;
}

/** An upload as fetch takes it; a stream is sent as it comes. */
export type UploadContent = string | Uint8Array | Blob | ReadableStream<Uint8Array>;

/** What the API answers when it refuses: RFC 9457 problem details. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** For invalid input: what is wrong, field by field. */
  readonly errors: readonly { path: string; message: string; rule?: string }[];

  constructor(status: number, problem: { code?: string; title?: string; detail?: string; errors?: [] }) {
    super(problem.detail ?? problem.title ?? `The API answered ${status}.`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.errors = problem.errors ?? [];
  }
}

/** Pause before a broken event stream is opened again, unless the server asked for another. */
const retryMs = 1_000;

export class LookbackClient {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base.replace(/\/$/, '');
  }

  submit(spec: JobSpecInput, options: { idempotencyKey?: string } = {}): Promise<RemoteJob> {
    const headers: Record<string, string> = options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {};
    return this.#request('POST', '/v1/jobs', spec, headers);
  }

  /** A dry run: what the job would be, and what the doctor says of its data. */
  validate(spec: JobSpecInput): Promise<Validation> {
    return this.#request('POST', '/v1/jobs/validate', spec);
  }

  job(id: string): Promise<RemoteJob> {
    return this.#request('GET', `/v1/jobs/${encodeURIComponent(id)}`);
  }

  ask(verb: 'cancel' | 'pause' | 'resume' | 'retry', id: string): Promise<RemoteJob> {
    return this.#request('POST', `/v1/jobs/${encodeURIComponent(id)}/${verb}`);
  }

  report(id: string): Promise<Report> {
    return this.#request('GET', `/v1/jobs/${encodeURIComponent(id)}/report`);
  }

  async remove(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/jobs/${encodeURIComponent(id)}`);
  }

  /** One prediction for each step of each sequence. */
  predict(
    job: string,
    sequences: unknown[],
    checkpoint: 'latest' | 'best' | number = 'latest',
    initialState: PredictionRequest['initialState'] = 'trained',
  ): Promise<PredictionResultOf<Prediction>> {
    return this.#request('POST', '/predict', { job, checkpoint, sequences, initialState, at: 'every-step' });
  }

  /** One prediction for each sequence, after its last step. */
  predictAtEnd(
    job: string,
    sequences: unknown[],
    checkpoint: 'latest' | 'best' | number = 'latest',
    initialState: PredictionRequest['initialState'] = 'trained',
  ): Promise<PredictionResultOf<SequencePrediction>> {
    return this.#request('POST', '/predict', { job, checkpoint, sequences, initialState, at: 'end' });
  }

  /** The built-in tasks. */
  async tasks(): Promise<TaskEntry[]> {
    return (await this.#request<Page<TaskEntry>>('GET', '/v1/tasks')).data;
  }

  /**
   * Uploads a dataset; the same content, uploaded again, is the same dataset.
   * @throws ApiError `invalid_dataset`, which names up to 20 mistakes.
   */
  async uploadDataset(content: UploadContent, request: z.input<typeof UploadRequest>): Promise<DatasetSheet> {
    const { format, name } = request;
    const query = new URLSearchParams({ format });
    if (name !== undefined) query.set('name', name);
    if (format === 'csv') query.set('mapping', JSON.stringify(request.mapping));
    const response = await fetch(`${this.#base}/v1/datasets?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: content,
      duplex: 'half',
    });
    if (!response.ok) throw await apiError(response);
    return (await response.json()) as DatasetSheet;
  }

  /** Newest first. */
  datasets(options: { limit?: number; cursor?: string } = {}): Promise<Page<DatasetSheet>> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(options)) query.set(key, String(value));
    return this.#request('GET', `/v1/datasets?${query}`);
  }

  dataset(id: string): Promise<DatasetSheet> {
    return this.#request('GET', `/v1/datasets/${encodeURIComponent(id)}`);
  }

  /** The first sequences, as they were uploaded. */
  async previewDataset(id: string, sequences = 5): Promise<PreviewSequence[]> {
    const path = `/v1/datasets/${encodeURIComponent(id)}/preview?sequences=${sequences}`;
    return (await this.#request<Page<PreviewSequence>>('GET', path)).data;
  }

  /** What the doctor says of a dataset, before any training. */
  doctorOfDataset(id: string): Promise<DoctorReport> {
    return this.#request('POST', `/v1/datasets/${encodeURIComponent(id)}/doctor`);
  }

  /** @throws ApiError `dataset_in_use` while a job needs it. */
  async removeDataset(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/datasets/${encodeURIComponent(id)}`);
  }

  /**
   * The events of a job, from the first after `after` to the terminal status; a stream that breaks is taken up where it broke.
   * @throws ApiError when the API refuses, as for a job that does not exist.
   */
  async *events(id: string, after = 0): AsyncGenerator<RemoteEvent> {
    let last = after;
    let isOver = false;
    for (;;) {
      const response = await this.#openEvents(id, last);
      if (response?.status === 204) return;
      if (response?.body) {
        for await (const event of readEvents(response.body)) {
          last = event.id;
          yield event;
          isOver = event.type === 'status' && terminalStatuses.has(event.data.status);
        }
      }
      // After a terminal status the server is asked at once whether that was all: it is, unless the job was retried.
      if (!isOver) await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** The stream's response; undefined when the server cannot be reached or is not able to answer for the moment. */
  async #openEvents(id: string, last: number): Promise<Response | undefined> {
    const url = `${this.#base}/v1/jobs/${encodeURIComponent(id)}/events`;
    const headers = { accept: 'text/event-stream', 'last-event-id': String(last) };
    const response = await fetch(url, { headers }).catch(() => undefined);
    if (!response || response.status === 503) return undefined;
    if (!response.ok) throw await apiError(response);
    return response;
  }

  async #request<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await fetch(this.#base + path, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw await apiError(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

async function apiError(response: Response): Promise<ApiError> {
  const problem = await response.json().catch(() => ({}));
  return new ApiError(response.status, problem as ConstructorParameters<typeof ApiError>[1]);
}

/** The events of one response; it ends quietly when the connection does. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<RemoteEvent> {
  const arrived: RemoteEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (id && event) arrived.push({ id: Number(id), type: event, data: JSON.parse(data) } as RemoteEvent);
    },
  });
  const decoder = new TextDecoder();
  try {
    for await (const bytes of body) {
      parser.feed(decoder.decode(bytes, { stream: true }));
      yield* arrived.splice(0);
    }
  } catch (error) {
    // undici reports a connection that broke as a TypeError.
    if (!(error instanceof TypeError)) throw error;
  }
}
