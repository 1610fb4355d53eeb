/**
 * The job that /docs fills in, sent as it stands, is trained to its end, and what is shown of it afterwards can be asked
 * for: its report, its checkpoints, and predictions.
 */
import { expect, test } from 'vitest';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import type { JobView } from '../../src/jobs/record.ts';
import type { PredictionResult } from '../../src/serving/prediction-result.ts';
import type { Json } from '../support/app.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';

test('the example of POST /v1/jobs is trained, and answers as the examples say', { timeout: 60_000 }, async () => {
  const { client, apis } = await startCluster();
  const [{ url }] = apis;
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as Json;
  const post = async <T>(path: string, change: object = {}): Promise<T> => {
    const { example } = paths[path].post.requestBody.content['application/json'];
    const body = JSON.stringify({ ...example, ...change });
    const answer = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as T;
  };
  const shown = <T>(path: string, method: string): T =>
    paths[path][method].responses[200].content['application/json'].example;

  const { id } = await post<JobView>('/v1/jobs');
  await followToEnd(client, id);

  const { status, step } = await client.job(id);
  const job = shown<JobView>('/v1/jobs/{id}', 'get');
  expect({ status, step }).toEqual({ status: job.status, step: job.step });
  expect((await client.report(id)).verdict).toBe(shown<Report>('/v1/jobs/{id}/report', 'get').verdict);
  const { checkpoint, predictions } = await post<PredictionResult>('/predict', { job: id });
  const example = shown<PredictionResult>('/predict', 'post');
  expect(checkpoint.sha256).toBe(example.checkpoint.sha256);
  expect(roundedTo(3, predictions)).toEqual(example.predictions);
});

function roundedTo(digits: number, value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part) =>
    typeof part === 'number' ? Number(part.toFixed(digits)) : part,
  );
}
