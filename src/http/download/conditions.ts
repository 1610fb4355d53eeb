/**
 * Requests that depend on what the caller has already (RFC 9110, section 13): `If-Match` and `If-None-Match`. No library
 * that is here answers both for what is made while it is sent.
 */
import { LookbackError } from '../../platform/errors.ts';
import { show } from '../../platform/input/shown.ts';

export interface PreconditionHeaders {
  'if-match'?: string;
  'if-none-match'?: string;
}

const entityTags = /(?:W\/)?"[^"]*"/g;

/**
 * Whether the caller has what would be sent: 304 is its answer.
 * @param etag of what would be sent, which is there. It is a strong one.
 * @throws PreconditionFailedError where the caller wants another.
 */
export function callerHas(etag: string, { 'if-match': wanted, 'if-none-match': had }: PreconditionHeaders): boolean {
  // Of If-Match a weak tag matches nothing; of If-None-Match it does.
  if (wanted !== undefined && !names(wanted, (tag) => tag === etag)) throw new PreconditionFailedError(wanted, etag);
  return had !== undefined && names(had, (tag) => tag.replace('W/', '') === etag);
}

/** @param list entity tags, or `*` for any. */
function names(list: string, isTag: (tag: string) => boolean): boolean {
  return list.trim() === '*' || (list.match(entityTags) ?? []).some(isTag);
}

export class PreconditionFailedError extends LookbackError {
  constructor(wanted: string, etag: string) {
    super('precondition_failed', `The ETag is ${etag}, which is none of those in If-Match, ${show(wanted)}.`);
  }
}
