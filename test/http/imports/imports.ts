/**
 * Files that become jobs, sent to a service, and what it says of them then.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { PredictionResult } from '../../../src/serving/prediction-result.ts';
import type { Answer, TestApp } from '../../support/app.ts';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/models');

export const fixture = (name: string) => readFileSync(path.join(fixtures, name));

interface Said {
  sequences: (number | null)[][][];
  probabilities: number[][][] | number[][];
}

/** What the maker of each file said of some sequences. */
export const said = JSON.parse(fixture('said.json').toString()) as Record<string, Said>;

export function importFile(
  app: TestApp,
  bytes: Uint8Array,
  query: Record<string, string> = {},
  headers = {},
): Promise<Answer> {
  const search = new URLSearchParams(query);
  const type = { 'content-type': 'application/octet-stream', ...headers };
  return app.request('POST', `/v1/jobs/import?${search}`, new Uint8Array(bytes), type);
}

/** The job that a file has become. */
export async function imported(
  app: TestApp,
  bytes: Uint8Array,
  query: Record<string, string> = {},
): Promise<Answer['body']> {
  const { status, body, headers } = await importFile(app, bytes, query);
  expect(body).toMatchObject({ status: 'succeeded', spec: null, error: null });
  expect([status, headers.get('location')]).toEqual([201, `/v1/jobs/${body.id}`]);
  return body;
}

export async function predicted(
  app: TestApp,
  job: string,
  sequences: unknown[],
  more: object = {},
): Promise<PredictionResult> {
  return (await app.request('POST', '/predict', { job, sequences, ...more })).body;
}

export function probabilitiesOf({ predictions }: PredictionResult): number[][][] | number[][] {
  return predictions.map(({ probabilities }) => probabilities!) as number[][][] | number[][];
}

/** What imports and uploads have left on the disk. */
export function filesLeft({ folder }: TestApp): string[] {
  const folders = ['checkpoints', 'datasets'].map((name) => path.join(folder, name));
  return folders.flatMap((one) => (existsSync(one) ? readdirSync(one) : []));
}
