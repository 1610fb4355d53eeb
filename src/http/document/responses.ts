/**
 * How routes declare what they answer: each status with its schema and media type.
 */
import type { z } from 'zod';
import { Problem } from '../schemas.ts';

const problems = {
  400: 'The request is not valid: `errors` says what, field by field.',
  404: 'There is no such thing.',
  406: '`Accept` allows neither an event stream nor JSON.',
  409: 'Its state does not allow this; or the checkpoint or dataset is damaged, or of a newer version.',
  412: 'What would be sent has none of the `ETag`s in `If-Match`.',
  413: 'The body is too large.',
  415: 'The body is of a kind that is not taken here.',
  416: '`Range` asks for bytes beyond the end: `Content-Range` says how many there are.',
  422: 'No worker offers the engine that the spec asks for.',
  429: 'As many jobs are queued as may be; try again after `Retry-After`.',
  500: 'A fault of the service.',
  503: 'Redis or the disk does not answer, the disk cannot be written, or too much waits for the doctor or for predictions; try again after `Retry-After`.',
  507: 'There is no room for it: the disk is full, or a quota is used up.',
} as const;

type ProblemStatus = keyof typeof problems;
interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof Problem } };
}

/** Responses of the listed statuses that are problem documents. 500 is always among them. */
export function problemResponses<const S extends ProblemStatus>(...statuses: S[]): Record<S | 500, ProblemResponse> {
  const all: ProblemStatus[] = [...statuses, 500];
  const content = { 'application/problem+json': { schema: Problem } };
  const responses = Object.fromEntries(all.map((status) => [status, { description: problems[status], content }]));
  return responses as Record<S | 500, ProblemResponse>;
}

export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } };
}
