/**
 * Requests of the Open Inference Protocol, as clients write them.
 */

import type { ModelDescription } from '../../../src/model/description.ts';
import type { Answer, Json, TestApp } from '../../support/app.ts';
import { saveCheckpoint, smallModel } from '../../support/checkpoints.ts';

/** A job with a checkpoint of step 7. */
export async function trainedJob(
  { request, checkpoints }: TestApp,
  model: ModelDescription = smallModel,
): Promise<string> {
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(checkpoints, id, 7, 1, model);
  return id;
}

export function tensor(name: string, datatype: string, shape: number[], data: unknown[]) {
  return { name, datatype, shape, data };
}

export function infer({ request }: TestApp, model: string, body: unknown): Promise<Answer> {
  return request('POST', `/v2/models/${model}/infer`, body);
}

/** The outputs of an answer by their names. */
export function outputsOf({ body }: Answer): Record<string, Json> {
  return Object.fromEntries(body.outputs.map((output: Json) => [output.name, output]));
}

/** A body with bytes after its JSON, and the headers that say so. */
export function withBinary(json: object, ...tensors: Uint8Array[]): { body: Buffer; headers: Record<string, string> } {
  const head = Buffer.from(JSON.stringify(json));
  return {
    body: Buffer.concat([head, ...tensors]),
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.length) },
  };
}

/** An answer with bytes after its JSON. */
export async function readBinary(response: Response): Promise<{ json: Json; rest: Buffer }> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const length = Number(response.headers.get('inference-header-content-length'));
  return { json: JSON.parse(bytes.toString('utf8', 0, length)), rest: bytes.subarray(length) };
}
