/**
 * Which requests are meant for this service: those to a host that is its own, and, where they change something, from no
 * page of another origin. A page in a browser reaches a service on the same machine or network; without these checks
 * any page could, by a name of its own that it points here (DNS rebinding), or by a form.
 */
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { InvalidInputError } from '../platform/errors.ts';
import { show } from '../platform/input/shown.ts';

/** Methods that change nothing. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses requests that are meant for another host, or come from a page of another. Call it first: such a request gets no other answer. */
export function guardHosts(app: FastifyInstance, names: readonly string[]): void {
  const listed = new Set(names.map((name) => name.toLowerCase()));
  // Clients send the same few names again and again, and to read one as a URL takes longer than all other checks.
  const known = new LRUCache<string, true>({ max: 100 });
  app.addHook('onRequest', (request, _reply, done) => {
    checkHost(request, listed, known);
    if (!safeMethods.has(request.method)) checkOrigin(request, listed);
    done();
  });
}

/** A page can only give a name that it owns to this machine: an IP address, or a name of the machine itself, is not such a name. */
function isOwn(hostname: string, listed: ReadonlySet<string>): boolean {
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress || /^(.+\.)?localhost$/.test(hostname) || listed.has('*') || listed.has(hostname);
}

/** @param known names that were found to be our own. */
function checkHost({ headers, raw }: FastifyRequest, listed: ReadonlySet<string>, known: LRUCache<string, true>): void {
  const { host = '' } = headers;
  const count = countHosts(raw.rawHeaders);
  if (count === 1 && raw.url?.startsWith('/') && known.get(host)) return;
  // HTTP/1.0 has no such header, and no browser speaks it.
  if (count === 0 && raw.httpVersion === '1.0') return;
  const url = count === 1 ? urlOf(`http://${headers.host}`) : undefined;
  if (url?.pathname !== '/' || url.username !== '') {
    throw noSingleHost(count, headers.host);
  }
  // A target that names a host, as proxies send it, goes before the header (RFC 9112, section 3.2.2).
  const target = /^https?:\/\/[^/?]*/i.exec(raw.url ?? '')?.[0];
  const hostname = target === undefined ? url.hostname : (urlOf(target)?.hostname ?? target);
  if (!isOwn(hostname, listed)) throw unknownHost(hostname);
  if (target === undefined) known.set(host, true);
}

/** @param headers names and values in turn, as they were sent. */
function countHosts(headers: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at].length === 4 && headers[at].toLowerCase() === 'host') count++;
  }
  return count;
}

/** Browsers send where a request comes from; other clients send neither header. */
function checkOrigin({ headers }: FastifyRequest, listed: ReadonlySet<string>): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const from = origin === undefined ? undefined : urlOf(origin);
  if (from && (listed.has('*') || listed.has(from.hostname))) return;
  const isOwnPage =
    site === undefined
      ? origin === undefined || (from !== undefined && from.host === urlOf(`${from.protocol}//${host}`)?.host)
      : site === 'same-origin' || site === 'none';
  if (isOwnPage) return;
  throw foreignOrigin(origin);
}

/** @param count of the headers that were sent; where it is one, it is not a host. */
export function noSingleHost(count: number, host?: string): InvalidInputError {
  const found = count === 1 ? `is ${show(host)}` : `was sent ${count === 0 ? 'not at all' : `${count} times`}`;
  const message = `A request must have one Host header, but it ${found}.`;
  return new InvalidInputError(message, [], { code: 'malformed_http' });
}

export function unknownHost(hostname: string): InvalidInputError {
  const message = `This service does not answer for the host ${show(hostname)}: LOOKBACK_HOSTS is the list of names that it answers for, besides localhost and IP addresses.`;
  return new InvalidInputError(message, [], { code: 'host_not_allowed' });
}

export function foreignOrigin(origin: string | undefined): InvalidInputError {
  const page = origin === undefined ? 'another origin' : show(origin);
  const message = `A page of ${page} may not change anything here: LOOKBACK_HOSTS is the list of hosts whose pages may.`;
  return new InvalidInputError(message, [], { code: 'origin_not_allowed' });
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
