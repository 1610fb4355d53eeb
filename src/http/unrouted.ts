/**
 * Requests that no route takes: 404, or, where the path is there under other methods, 405 with `Allow`, and 204 to OPTIONS.
 */
import { distance } from 'fastest-levenshtein';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LookbackError, NotFoundError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

/** A method that this path does not take; `allowed` are those that it does. */
export class MethodNotAllowedError extends LookbackError {
  readonly allowed: readonly string[];
  constructor(method: string, allowed: readonly string[]) {
    super(
      'method_not_allowed',
      `${method} is not allowed here; ${allowed.join(', ')} ${allowed.length > 1 ? 'are' : 'is'}.`,
    );
    this.allowed = allowed;
  }
}

/** To be called before the routes are registered. */
export function answerUnrouted(app: FastifyInstance): void {
  const routes = trackMethods(app);
  // In onRequest, before a body is read: a wrong method is not excused by a malformed body.
  app.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request);
    if (isTaken(request, path, routes)) return done();
    const allowed = allowedAt(path, routes);
    // What the router has turned away under an allowed method was no such path: it decodes a part before it matches it.
    const isNone = allowed.length === 0 || (request.method !== 'OPTIONS' && allowed.includes(request.method));
    if (isNone) throw noRoute(path, [...routes.keys()]);
    if (request.method !== 'OPTIONS') throw new MethodNotAllowedError(request.method, allowed);
    reply.code(204).header('allow', allowed.join(', ')).send();
  });
}

/** Methods by the URL of a route. */
type Routes = Map<string, { pattern: RegExp; methods: Set<string> }>;

/**
 * Whether the route that was found is the one that is meant. A route with parameters is also found for a part that is
 * empty, and, for methods that it alone has, for a path that is a route by itself.
 */
function isTaken({ is404, params, routeOptions: { url } }: FastifyRequest, path: string, routes: Routes): boolean {
  if (is404 || (url !== path && /[:*]/.test(url ?? '') && routes.has(path))) return false;
  return !(hasEmptyPart(path) && Object.values(params ?? {}).includes(''));
}

/** @param routes the URLs of which one may have been meant. */
export function noRoute(path: string, routes: readonly string[] = []): NotFoundError {
  if (hasEmptyPart(path)) {
    const why = 'A part of the path is empty: an id is missing, or there is a slash too many.';
    return new NotFoundError('route', path, why);
  }
  const meant = path.length > limits.pathPart ? undefined : routes.find((url) => isNear(url, path));
  const suggestion = meant ? `Did you mean ${meant}? ` : '';
  return new NotFoundError(
    'route',
    path,
    `${suggestion}GET /docs lists the routes, and GET /openapi.json describes them.`,
  );
}

/** One letter away, or the same but for the version in front. */
function isNear(url: string, path: string): boolean {
  const bare = (text: string) => text.replace(/^\/v\d+(?=\/)/, '').replace(/\/$/, '');
  // One version is no misspelling of another.
  if (path === '/' || !/^[\w/-]+$/.test(url) || /^\/v\d+$/.test(url)) return false;
  return bare(url) === bare(path) || distance(url, path) === 1;
}

function hasEmptyPart(path: string): boolean {
  return path !== '/' && (path.includes('//') || path.endsWith('/'));
}

/** Remembers the methods of each route as it is registered. */
function trackMethods(app: FastifyInstance): Routes {
  const routes: Routes = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set(['OPTIONS']) };
    routes.set(url, route);
    for (const name of [method].flat()) route.methods.add(name);
    // Fastify adds HEAD to each GET, and tells of nothing else where it adds a route with a slash at its end.
    if (route.methods.has('HEAD')) route.methods.add('GET');
  });
  return routes;
}

/** The methods of a path. One that is a route by itself is meant by it, and not by one with parameters that it fits as well. */
function allowedAt(path: string, routes: Routes): string[] {
  const literal = routes.get(path);
  const found = literal ? [literal] : [...routes.values()].filter(({ pattern }) => pattern.test(path));
  return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
}

/** Matches the paths of a route: `:name` stands for one part, or for what its own pattern says; `::` for a colon; `*` for the rest. */
function patternOf(url: string): RegExp {
  const source = url.replaceAll(
    /::|:\w+(?:\(\^([^)]*)\))?|[.+?^${}()|[\]\\*]/g,
    (token, pattern: string | undefined) => {
      if (token === '::') return ':';
      if (token.startsWith(':')) return pattern ?? '[^/]+';
      return token === '*' ? '.*' : `\\${token}`;
    },
  );
  return new RegExp(`^${source}$`);
}

/** The path of a request, without its query. A proxy may name the host in the target, too. */
export function pathOf({ url }: FastifyRequest): string {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
