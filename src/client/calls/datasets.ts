/**
 * Datasets: uploaded, looked at, examined.
 */
import type { z } from 'zod';
import type { UploadRequest } from '../../data/datasets/ingest/request.ts';
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import type { PreviewSequence } from '../../data/datasets/stored/preview-schema.ts';
import type { DoctorReport, ExaminationDepth } from '../../diagnosis/doctor/doctor-schema.ts';
import { type UploadContent, type UploadOptions, upload } from '../upload.ts';
import { type Page, type PageOptions, part } from './calls.ts';
import { ModelCalls } from './models.ts';

export abstract class DatasetCalls extends ModelCalls {
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
    const url = this.connection.url('/v1/datasets', { ...query, mapping: mapping && JSON.stringify(mapping) });
    return upload(this.connection, url, content, options);
  }

  /** Newest first. */
  datasets(options: PageOptions = {}): Promise<Page<DatasetSheet>> {
    return this.connection.json('GET', '/v1/datasets', { query: options });
  }

  dataset(id: string): Promise<DatasetSheet> {
    return this.connection.json('GET', `/v1/datasets/${part(id)}`);
  }

  /** The first sequences, as they were uploaded. */
  async previewDataset(id: string, sequences = 5): Promise<PreviewSequence[]> {
    const query = { sequences };
    return (await this.connection.json<Page<PreviewSequence>>('GET', `/v1/datasets/${part(id)}/preview`, { query }))
      .data;
  }

  /** What the doctor says of a dataset, before any training. */
  doctorOfDataset(id: string, depth: ExaminationDepth = 'full'): Promise<DoctorReport> {
    return this.connection.json('POST', `/v1/datasets/${part(id)}/doctor`, { query: { depth }, isRepeatable: true });
  }

  /** @throws ApiError `dataset_in_use` while a job needs it. */
  async removeDataset(id: string): Promise<void> {
    await this.connection.json('DELETE', `/v1/datasets/${part(id)}`);
  }
}
