/**
 * Which requests are meant for this service: those to a host that is its own, and, where they change something, from no
 * page of another origin. A page in a browser reaches a service on the same machine or network; without these checks
 * any page could, by a name of its own that it points here (DNS rebinding), or by a form.
 */
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidInputError } from '../platform/errors.ts';
import { show } from '../platform/input/shown.ts';

/** Methods that change nothing. */
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses requests that are meant for another host, or come from a page of another. Call it first: such a request gets no other answer. */
export function guardHosts(app: FastifyInstance, names: readonly string[]): void {
  const listed = new Set(names.map((name) => name.toLowerCase()));
  app.addHook('onRequest', async (request) => {
    checkHost(request, listed);
    if (!safeMethods.has(request.method)) checkOrigin(request, listed);
  });
}

/** A page can only give a name that it owns to this machine: an IP address, or a name of the machine itself, is not such a name. */
function isOwn(hostname: string, listed: ReadonlySet<string>): boolean {
  const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress || /^(.+\.)?localhost$/.test(hostname) || listed.has('*') || listed.has(hostname);
}

function checkHost({ headers, raw }: FastifyRequest, listed: ReadonlySet<string>): void {
  const count = raw.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  // HTTP/1.0 has no such header, and no browser speaks it.
  if (count === 0 && raw.httpVersion === '1.0') return;
  const url = count === 1 ? urlOf(`http://${headers.host}`) : undefined;
  if (url?.pathname !== '/' || url.username !== '') {
    throw noSingleHost(count, headers.host);
  }
  // A target that names a host, as proxies send it, goes before the header (RFC 9112, section 3.2.2).
  const target = /^https?:\/\/[^/?]*/i.exec(raw.url ?? '')?.[0];
  const hostname = target === undefined ? url.hostname : (urlOf(target)?.hostname ?? target);
  if (isOwn(hostname, listed)) return;
  throw unknownHost(hostname);
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
