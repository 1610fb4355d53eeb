/**
 * The short way to `POST /predict`: answers, ids, log lines and metrics are those of the route.
 */
import type { FastifyInstance } from 'fastify';
import { PredictionRequest } from '../../serving/prediction-request.ts';
import type { PredictionService } from '../../serving/prediction-service.ts';
import { answerTogether } from '../../serving/prepared-predictions.ts';
import type { OwnHosts } from '../hosts.ts';
import type { RequestDurations } from '../request-durations.ts';
import { type LoggedRequest, logAnswer } from '../request-log.ts';
import { FastPath } from './fast-path.ts';

export function answerPredictionsFast(
  app: FastifyInstance,
  predictions: PredictionService,
  { hosts, durations, nextId }: { hosts: OwnHosts; durations: RequestDurations; nextId(): string },
): void {
  const noteSeconds = durations.noting({ method: 'POST', route: '/predict', status: '200' });
  const fastPath = new FastPath(app.server, {
    prepare: (body) => predictions.prepare(PredictionRequest.parse(body)),
    answer: answerTogether,
    isOwnHost: (host) => hosts.isMeantBy(host),
    nextId,
    recorder: (host, socket) => {
      const req: LoggedRequest = { method: 'POST', url: '/predict', host, ip: socket.remoteAddress ?? '', socket };
      return (reqId, elapsedMs) => {
        logAnswer(app.log, { reqId, req, statusCode: 200, elapsedMs });
        noteSeconds(elapsedMs / 1000);
      };
    },
  });
  app.addHook('preClose', () => fastPath.close());
}
