/**
 * What jobs have made: reports, checkpoints, predictions, names that serve, sessions.
 */
import type { z } from 'zod';
import type { CheckpointChoice } from '../../checkpoints/choice.ts';
import type { DownloadFormat } from '../../checkpoints/download/formats.ts';
import type { DownloadVariant } from '../../checkpoints/download/variant.ts';
import type { ImportRequest } from '../../checkpoints/import/import-request.ts';
import type { ModelReference } from '../../checkpoints/model-reference.ts';
import type { CheckpointSummary } from '../../checkpoints/summary-schema.ts';
import type { EvaluatedCheckpoint } from '../../diagnosis/report/evaluation/evaluation-schema.ts';
import type { Report } from '../../diagnosis/report/report-schema.ts';
import type { Alias, AliasTarget } from '../../serving/aliases/alias.ts';
import type { ExplanationRequest, ExplanationResult } from '../../serving/explain/explanation.ts';
import type { PredictionRequest } from '../../serving/prediction-request.ts';
import type {
  Prediction,
  PredictionResult,
  PredictionResultOf,
  SequencePrediction,
  WithProbabilities,
} from '../../serving/prediction-result.ts';
import type { Session, SessionRequest, StepsResult } from '../../serving/sessions/session.ts';
import { type UploadOptions, upload } from '../upload.ts';
import { type Page, type PageOptions, part } from './calls.ts';
import { JobCalls, type RemoteJob } from './jobs.ts';

/** A checkpoint as it is downloaded: a file, under the name that the service gives it. */
export interface CheckpointDownload {
  name: string;
  bytes: number | null;
  body: ReadableStream<Uint8Array>;
}

export abstract class ModelCalls extends JobCalls {
  report(id: string): Promise<Report> {
    return this.connection.json('GET', `/v1/jobs/${part(id)}/report`);
  }

  /** How well a checkpoint does on a dataset, which has to fit the model: the figures of a report. */
  evaluate(id: string, dataset: string, checkpoint: CheckpointChoice = 'latest'): Promise<EvaluatedCheckpoint> {
    return this.connection.json('POST', `/v1/jobs/${part(id)}/evaluate`, {
      body: { dataset, checkpoint },
      isRepeatable: true,
    });
  }

  /** By step. */
  checkpoints(
    id: string,
    options: PageOptions = {},
  ): Promise<Page<CheckpointSummary> & { damaged: number[]; unsupported: number[] }> {
    return this.connection.json('GET', `/v1/jobs/${part(id)}/checkpoints`, { query: options });
  }

  /** @param variant what the graph of a format takes and gives: raw or encoded inputs, lengths, state. */
  async downloadCheckpoint(
    id: string,
    checkpoint: CheckpointChoice = 'latest',
    format?: DownloadFormat,
    variant: Partial<Omit<DownloadVariant, 'format'>> = {},
  ): Promise<CheckpointDownload> {
    const path = `/v1/jobs/${part(id)}/checkpoints/${checkpoint}/download`;
    const { headers, body } = await this.connection.send('GET', path, { query: { format, ...variant } });
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
    return upload(this.connection, this.connection.url('/v1/jobs/import', { ...query, ...texts }), content, options);
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
    return this.connection.json('POST', '/predict', { body: request, isRepeatable: true });
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

  /** Which past inputs moved the probabilities at a step, and by how much. */
  explain(request: z.input<typeof ExplanationRequest>): Promise<ExplanationResult> {
    return this.connection.json('POST', '/predict/explain', { body: request, isRepeatable: true });
  }

  /** By name. */
  aliases(options: PageOptions = {}): Promise<Page<Alias>> {
    return this.connection.json('GET', '/v1/aliases', { query: options });
  }

  alias(name: string): Promise<Alias> {
    return this.connection.json('GET', `/v1/aliases/${part(name)}`);
  }

  /** Makes an alias name a checkpoint; it is made, or moved. */
  setAlias(name: string, target: z.input<typeof AliasTarget>): Promise<Alias> {
    return this.connection.json('PUT', `/v1/aliases/${part(name)}`, { body: target });
  }

  async removeAlias(name: string): Promise<void> {
    await this.connection.json('DELETE', `/v1/aliases/${part(name)}`);
  }

  /** What an alias has named, the present first. */
  async aliasHistory(name: string): Promise<Alias[]> {
    return (await this.connection.json<Page<Alias>>('GET', `/v1/aliases/${part(name)}/history`)).data;
  }

  /** Makes an alias name again what a version of it named: by default the one before the present. */
  rollbackAlias(name: string, version?: number): Promise<Alias> {
    return this.connection.json('POST', `/v1/aliases/${part(name)}/rollback`, { body: { version } });
  }

  /** Opens a sequence that comes step by step. */
  openSession(request: z.input<typeof SessionRequest>, options: { idempotencyKey?: string } = {}): Promise<Session> {
    const headers = options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : undefined;
    return this.connection.json('POST', '/v1/sessions', { body: request, headers });
  }

  session(id: string): Promise<Session> {
    return this.connection.json('GET', `/v1/sessions/${part(id)}`);
  }

  /** A prediction after each of the next steps. @param after steps that the caller knows of; others are a conflict. */
  step(id: string, steps: unknown[], after?: number): Promise<StepsResult> {
    return this.connection.json('POST', `/v1/sessions/${part(id)}/steps`, { body: { steps, after } });
  }

  async endSession(id: string): Promise<void> {
    await this.connection.json('DELETE', `/v1/sessions/${part(id)}`);
  }
}

function referenceOf(model: string | ModelReference, checkpoint: CheckpointChoice | undefined): ModelReference {
  return typeof model === 'string' ? { job: model, checkpoint } : model;
}
