/**
 * The service that this page came from, through the client that everybody uses.
 */
import { LookbackClient } from '../client/client.ts';

/** Where the service lies: the page may be served under a path of a proxy. */
export const base = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

/** What fails is asked again by who shows it: so it is known when the service is away. */
export const client = new LookbackClient(base, { retries: 0 });

/** An Idempotency-Key. Without TLS a browser has no `randomUUID`. */
export function requestKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
