/**
 * The typed client of the HTTP API, the package's entry `lookback/client`: over fetch, in Node, browsers, Deno and Bun.
 */
import type { TaskEntry } from '../data/tasks/catalogue.ts';
import type { PresetEntry } from '../http/routes/catalogue.ts';
import type { Readiness } from '../http/routes/health.ts';
import type { WorkerInfo } from '../jobs/workers/worker-info.ts';
import type { Page } from './calls/calls.ts';
import { DatasetCalls } from './calls/datasets.ts';

export type { DownloadFormat } from '../checkpoints/download/formats.ts';
export { everyPage, type Page } from './calls/calls.ts';
export type { RemoteEvent, RemoteJob } from './calls/jobs.ts';
export type { CheckpointDownload } from './calls/models.ts';
export type { ConnectionOptions } from './connection.ts';
export * from './errors.ts';
export type { UploadContent, UploadOptions, UploadSequence } from './upload.ts';

/** All operations: each class before it adds those of one part of the API. */
export class LookbackClient extends DatasetCalls {
  /** The built-in tasks. */
  async tasks(): Promise<TaskEntry[]> {
    return (await this.connection.json<Page<TaskEntry>>('GET', '/v1/tasks')).data;
  }

  async presets(): Promise<PresetEntry[]> {
    return (await this.connection.json<Page<PresetEntry>>('GET', '/v1/presets')).data;
  }

  /** The workers that are there. */
  async workers(): Promise<WorkerInfo[]> {
    return (await this.connection.json<Page<WorkerInfo>>('GET', '/v1/workers')).data;
  }

  /** Whether the service answers. */
  async isLive(): Promise<boolean> {
    return (await this.connection.fetch(this.connection.url('/health/live'), {}).catch(() => null))?.ok ?? false;
  }

  /** @throws ApiError while the service cannot do its work. */
  readiness(): Promise<Readiness> {
    return this.connection.json('GET', '/health/ready');
  }

  /** In the text format of Prometheus. */
  async metrics(): Promise<string> {
    return (await this.connection.send('GET', '/metrics')).text();
  }

  /** The document of the API. */
  openapi(): Promise<object> {
    return this.connection.json('GET', '/openapi.json');
  }
}
