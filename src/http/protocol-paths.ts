/**
 * Which paths belong to protocols that clients of others speak: there an error is an object with one sentence, whatever
 * goes wrong.
 */
import { z } from 'zod';

/** Like all schemas of the protocols without a name of its own in the document: our clients have no types for them. */
export const ProtocolError = z.object({ error: z.string() });

export function isOfProtocol(path: string): boolean {
  return /^\/(v2|v1\/models)(\/|$)/.test(path);
}
