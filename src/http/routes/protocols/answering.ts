/**
 * What the routes of all protocols have in common: parameters, errors, and how a request is answered.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { RawJson } from '../../../platform/input/json.ts';
import type { ProtocolName } from '../../../serving/protocols/protocol.ts';
import type { ProtocolService } from '../../../serving/protocols/protocol-service.ts';
import { json, problemResponses } from '../../document/responses.ts';
import { ProtocolError } from '../../protocol-paths.ts';
import { callerGone } from '../predict.ts';

export const tags = ['protocols'];

/** A model as a path names it. */
interface NamedModel {
  model: string;
  version?: string;
}

const ModelParams = z.strictObject({ model: z.string().describe('Id of a job, or an alias.') });
const VersionParams = z.strictObject({ ...ModelParams.shape, version: z.string().describe('Step of a checkpoint.') });

/** The paths of a model, and of a version of it, with what tells the operations of the two apart. */
export function modelPaths(prefix: string): { path: string; suffix: string; params: z.ZodType<NamedModel> }[] {
  return [
    { path: `${prefix}/:model`, suffix: '', params: ModelParams },
    { path: `${prefix}/:model/versions/:version`, suffix: 'Version', params: VersionParams },
  ];
}

/** As `problemResponses`, in the form that the protocols have for errors. */
export function errorResponses<const S extends Parameters<typeof problemResponses>>(...statuses: S) {
  const problems = Object.entries(problemResponses(...statuses));
  const errors = problems.map(([status, { description }]) => [status, json(ProtocolError, description)]);
  return Object.fromEntries(errors) as Record<S[number] | 500, ReturnType<typeof json<typeof ProtocolError>>>;
}

/**
 * Answers a request for a model, in JSON, or with binary tensors after it. Headers name the checkpoint, for which not
 * every protocol has a place in its answers.
 */
export async function answerMessage(
  { protocol, service }: { protocol: ProtocolName; service: ProtocolService },
  request: FastifyRequest,
  { model, version }: NamedModel,
  reply: FastifyReply,
): Promise<void> {
  const { bytes } = request.body as RawJson;
  const headerLength = request.headers['inference-header-content-length'] as string | undefined;
  const message = { protocol, name: model, bytes, headerLength };
  const outcome = await service.answer(message, version, (listener) => reply.raw.once('close', listener));
  if (outcome.status === 'dropped') throw callerGone();
  const { answer } = outcome;
  reply.headers({ 'checkpoint-step': answer.checkpoint.step, 'checkpoint-sha256': answer.checkpoint.sha256 });
  if (answer.headerLength === undefined) reply.header('content-type', 'application/json');
  else {
    reply.header('content-type', 'application/octet-stream');
    reply.header('inference-header-content-length', answer.headerLength);
  }
  reply.send(answer.bytes);
}
