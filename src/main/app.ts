/**
 * The API as a Fastify app, from what it depends on: it neither listens nor reads the environment. `server.ts` does both.
 */
import fastify, { type FastifyInstance, LogController } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { limitBodyTime } from '../http/body/body-time.ts';
import { acceptJsonOnly } from '../http/body/json-body.ts';
import { ReadBody } from '../http/body/large-bodies.ts';
import { serveDashboard } from '../http/dashboard.ts';
import type { AppDeps } from '../http/deps.ts';
import { registerOpenapi } from '../http/document/openapi.ts';
import { refuseConnection, registerErrors, sendProblem } from '../http/errors.ts';
import { answerPredictionsFast } from '../http/fast-path/predictions.ts';
import { guardHosts, OwnHosts } from '../http/hosts.ts';
import { registerMetrics } from '../http/metrics.ts';
import { answerInTurn } from '../http/pipelining.ts';
import { requestIds } from '../http/request-ids.ts';
import { logRequests, requestSerializers } from '../http/request-log.ts';
import { aliasRoutes } from '../http/routes/aliases.ts';
import { bulkJobRoutes } from '../http/routes/bulk-jobs.ts';
import { catalogueRoutes } from '../http/routes/catalogue.ts';
import { checkpointRoutes } from '../http/routes/checkpoints.ts';
import { datasetRoutes } from '../http/routes/datasets.ts';
import { eventFeedRoutes } from '../http/routes/event-feed.ts';
import { eventRoutes } from '../http/routes/events.ts';
import { healthRoutes } from '../http/routes/health.ts';
import { importRoutes } from '../http/routes/import.ts';
import { jobRoutes } from '../http/routes/jobs.ts';
import { predictRoutes } from '../http/routes/predict.ts';
import { openInferenceRoutes } from '../http/routes/protocols/open-inference.ts';
import { tensorflowServingRoutes } from '../http/routes/protocols/tensorflow-serving.ts';
import { reportRoutes } from '../http/routes/report.ts';
import { sessionRoutes } from '../http/routes/sessions.ts';
import { endSilentConnections } from '../http/silent-connections.ts';
import { EventStreams } from '../http/stream.ts';
import type { InvalidInputError } from '../platform/errors.ts';
import { invalidInput } from '../platform/input/invalid-input.ts';
import { RawJson } from '../platform/input/json.ts';
import { parse } from '../platform/input/validation.ts';
import { limits } from '../platform/limits.ts';

const routes: FastifyPluginAsyncZod<AppDeps & { streams: EventStreams }>[] = [
  jobRoutes,
  importRoutes,
  bulkJobRoutes,
  eventRoutes,
  eventFeedRoutes,
  checkpointRoutes,
  reportRoutes,
  predictRoutes,
  aliasRoutes,
  sessionRoutes,
  openInferenceRoutes,
  tensorflowServingRoutes,
  datasetRoutes,
  catalogueRoutes,
  healthRoutes,
];

/** How long a client may take to send an upload; `limitBodyTime` gives less to any other request. */
const requestTimeoutMs = 3_600_000;

/**
 * How long a connection may be silent in both directions before it is cut: longer than any answer takes, and than the
 * heart-beat of streams.
 */
const silenceTimeoutMs = 120_000;

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const nextId = requestIds();
  const app: FastifyInstance = fastify({
    loggerInstance: deps.logger.child({}, { serializers: requestSerializers }),
    routerOptions: { maxParamLength: limits.pathPart },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.smallBody,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: silenceTimeoutMs,
    genReqId: nextId,
    frameworkErrors: sendProblem,
    clientErrorHandler: refuseConnection,
    // A request without a Host gets a problem document of `guardHosts`; Node's own answer has no body.
    http: { requireHostHeader: false },
  });
  const streams = new EventStreams(deps.heartbeatMs ?? 15_000);
  // Before the server closes: an open stream would keep it from ever doing so.
  app.addHook('preClose', () => streams.close());
  const hosts = new OwnHosts(deps.hosts ?? []);

  answerInTurn(app);
  // Early, so that every answer has it.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  logRequests(app);
  guardHosts(app, hosts);
  acceptJsonOnly(app, deps.bodies);
  limitBodyTime(app, deps.bodyTimeMs ?? 60_000);
  validateWithZod(app);
  registerErrors(app);
  await registerOpenapi(app);
  const durations = registerMetrics(app, deps, streams);
  answerPredictionsFast(app, deps.predictions, { hosts, durations, nextId });
  // What the fast path hands over when the app closes is not silent.
  endSilentConnections(app);
  if (deps.dashboard !== undefined) await serveDashboard(app, deps.dashboard);
  for (const plugin of routes) await app.register(plugin, { ...deps, streams });
  return app;
}

const partNames = { body: 'body', querystring: 'query', params: 'path', headers: 'header' };

/** Also of a body that is the word null: neither holds anything. */
function bodyMissing(): InvalidInputError {
  return invalidInput('body', [{ path: '', message: 'is empty or null: a JSON object is required, {} at least' }]);
}

function validateWithZod(app: FastifyInstance): void {
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart = 'body' }) => (value) => {
    if (value instanceof RawJson) return { value };
    if (value instanceof ReadBody) return { value: value.value };
    // Fastify hands over null where there is no body.
    if (httpPart === 'body' && value === null && !schema.safeParse(null).success) return { error: bodyMissing() };
    try {
      return { value: parse(schema, value, partNames[httpPart as keyof typeof partNames]) };
    } catch (error) {
      return { error: error as Error };
    }
  });
  // The compiler holds every handler to its response schema, and the tests every response to the OpenAPI document:
  // parsing each answer once more would only cost time.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
}
