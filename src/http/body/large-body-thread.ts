/**
 * The thread that reads large job specs. Loaded by `large-bodies.ts` alone.
 */
import { type SentError, sendError } from '../../platform/error-transfer.ts';
import { parseJson } from '../../platform/input/json.ts';
import { parse } from '../../platform/input/validation.ts';
import { JobSpecBody } from '../../spec/job-spec.ts';

/** An error loses its class between threads. */
export type BodyOutcome = { status: 'valid'; value: unknown } | { status: 'refused'; error: SentError };

export default function readJobSpec(bytes: Uint8Array<ArrayBuffer>): BodyOutcome {
  try {
    return { status: 'valid', value: parse(JobSpecBody, parseJson(Buffer.from(bytes.buffer)), 'body') };
  } catch (error) {
    return { status: 'refused', error: sendError(error) };
  }
}
