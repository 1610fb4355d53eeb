/**
 * Whether the service answers, as the stream of all jobs and the lists find out; the page shows it at the top.
 */
import { signal } from '@preact/signals';
import { ApiError } from '../../client/client.ts';

export type ServiceState = { state: 'connecting' | 'live' } | { state: 'away'; message: string };

export const connection = signal<ServiceState>({ state: 'connecting' });

export const noAnswer = 'The service does not answer. This page goes on by itself when it is back.';

/** What to say of a request that failed: the words of the service, or that it is away. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return error instanceof TypeError ? noAnswer : String(error);
}
