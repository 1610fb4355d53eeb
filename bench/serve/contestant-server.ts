/**
 * A server to compare with, in a process of its own: a bare Fastify that answers with a body it is given, or one that
 * computes the same answer on TensorFlow under tfjs-node. `node contestant-server.js bare|tensorflow`; what it needs
 * comes over IPC, and so does its address.
 */
import { once } from 'node:events';
import fastify, { type FastifyReply, type FastifyRequest, type RouteHandler } from 'fastify';
import { loadEngine } from '../../src/engine/load.ts';
import type { ModelDescription } from '../../src/model/description.ts';

/** What a contestant is told before it listens. */
export interface Contest {
  /** The answer, as Lookback gives it. */
  answer: string;
  model: ModelDescription;
  weights: number[];
}

/** What all contestants are asked. */
interface Request {
  model: string;
  sequences: number[][];
}

const [kind] = process.argv.slice(2);
process.send!('ready');
const [contest] = (await once(process, 'message')) as [Contest];
const app = fastify();
app.post('/predict', await handlerOf(kind, contest));
process.send!({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });

/** The body is parsed in either case; a bare server looks no further. */
async function handlerOf(name: string, { answer, model, weights }: Contest): Promise<RouteHandler> {
  if (name === 'bare')
    return (_request: FastifyRequest, reply: FastifyReply) => reply.type('application/json').send(answer);
  const predictor = (await loadEngine('tensorflow', 1)).createPredictor(model, Float32Array.from(weights));
  const C = model.head.classes;
  return ({ body }: FastifyRequest) => {
    const { model: alias, sequences } = body as Request;
    const predictions = sequences.map((sequence) => {
      const flat = predictor.predict(Float32Array.from(sequence), sequence.length);
      const probabilities = sequence.map((_, t) => Array.from(flat.subarray(t * C, (t + 1) * C)));
      return { classes: probabilities.map((row) => row.indexOf(Math.max(...row))), probabilities };
    });
    return { model: alias, predictions };
  };
}
