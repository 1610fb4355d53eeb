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

/** The names that this service answers for: IP addresses, localhost, and those that are listed. */
export class OwnHosts {
  readonly #listed: ReadonlySet<string>;
  /** Clients send the same few headers again and again, and to read one as a URL takes longer than all other checks. */
  readonly #known = new LRUCache<string, true>({ max: 100 });

  /** @param names `*`: all. */
  constructor(names: readonly string[]) {
    this.#listed = new Set(names.map((name) => name.toLowerCase()));
  }

  /** Whether a Host header is a host, and one of ours. */
  isMeantBy(header: string): boolean {
    if (this.#known.get(header)) return true;
    const url = urlOfHost(header);
    if (!url || !this.isOwn(url.hostname)) return false;
    this.#known.set(header, true);
    return true;
  }

  /** A page can only give a name that it owns to this machine: an IP address, or a name of the machine itself, is not such a name. */
  isOwn(hostname: string): boolean {
    const isAddress = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
    return isAddress || /^(.+\.)?localhost$/.test(hostname) || this.isListed(hostname);
  }

  isListed(hostname: string): boolean {
    return this.#listed.has('*') || this.#listed.has(hostname);
  }
}

/** Refuses requests that are meant for another host, or come from a page of another. Call it first: such a request gets no other answer. */
export function guardHosts(app: FastifyInstance, hosts: OwnHosts): void {
  app.addHook('onRequest', (request, _reply, done) => {
    checkHost(request, hosts);
    if (!safeMethods.has(request.method)) checkOrigin(request, hosts);
    done();
  });
}

function checkHost({ headers, raw }: FastifyRequest, hosts: OwnHosts): void {
  const { host = '' } = headers;
  const count = countHosts(raw.rawHeaders);
  if (count === 1 && raw.url?.startsWith('/') && hosts.isMeantBy(host)) return;
  // HTTP/1.0 has no such header, and no browser speaks it.
  if (count === 0 && raw.httpVersion === '1.0') return;
  const url = count === 1 ? urlOfHost(host) : undefined;
  if (!url) throw noSingleHost(count, headers.host);
  // A target that names a host, as proxies send it, goes before the header (RFC 9112, section 3.2.2).
  const target = /^https?:\/\/[^/?]*/i.exec(raw.url ?? '')?.[0];
  const hostname = target === undefined ? url.hostname : (urlOf(target)?.hostname ?? target);
  if (!hosts.isOwn(hostname)) throw unknownHost(hostname);
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
function checkOrigin({ headers }: FastifyRequest, hosts: OwnHosts): void {
  const { origin, host, 'sec-fetch-site': site } = headers;
  const from = origin === undefined ? undefined : urlOf(origin);
  if (from && hosts.isListed(from.hostname)) return;
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

/** undefined: the header is none of a host. */
function urlOfHost(header: string): URL | undefined {
  const url = urlOf(`http://${header}`);
  return url?.pathname === '/' && url.username === '' ? url : undefined;
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
