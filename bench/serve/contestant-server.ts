/**
 * A server to compare with, in a process of its own: a bare Fastify without a log that answers with a body it is given,
 * or one that computes the same answer by another runtime. `node contestant-server.js bare|tensorflow|onnxruntime`; what
 * it needs comes over IPC, and so does its address.
 */
import { once } from 'node:events';
import fastify, { type FastifyRequest, type RouteHandler } from 'fastify';
import { loadEngine } from '../../src/engine/load.ts';
import type { Contest, ContestantName } from './contest.ts';
import { loadOnnxruntime } from './onnxruntime.ts';

/** What all contestants are asked. */
interface Request {
  model: string;
  sequences: number[][];
}

/** The probabilities [T,C] of one sequence. */
type Predict = (sequence: number[]) => Float32Array | Promise<Float32Array>;

/** The body is parsed in any case; a bare server looks no further. */
async function handlerOf(name: ContestantName, contest: Contest): Promise<RouteHandler> {
  if (name === 'bare') return (_request, reply) => reply.type('application/json').send(contest.answer);
  const predict = await (name === 'tensorflow' ? tensorflow(contest) : onnxruntime(contest));
  const C = contest.model.head.classes;
  return async ({ body }: FastifyRequest) => {
    const { model, sequences } = body as Request;
    const predictions = [];
    for (const sequence of sequences) {
      const flat = await predict(sequence);
      const probabilities = sequence.map((_, t) => Array.from(flat.subarray(t * C, (t + 1) * C)));
      predictions.push({ classes: probabilities.map((row) => row.indexOf(Math.max(...row))), probabilities });
    }
    return { model, predictions };
  };
}

async function tensorflow({ model, weights, initialState }: Contest): Promise<Predict> {
  const predictor = (await loadEngine('tensorflow', 1)).createPredictor(model, Float32Array.from(weights));
  const state = initialState ? Float32Array.from(initialState) : undefined;
  return (sequence) => predictor.predict(Float32Array.from(sequence), sequence.length, state);
}

/** On one thread, as the others: more of them make a model of this size slower. */
async function onnxruntime({ onnx }: Contest): Promise<Predict> {
  const runtime = await loadOnnxruntime();
  if (!runtime) throw new Error('onnxruntime-node is not installed.');
  const session = await runtime.InferenceSession.create(onnx, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return async (sequence) => {
    const inputs = new runtime.Tensor('float32', Float32Array.from(sequence), [1, sequence.length, 1]);
    const { probabilities } = await session.run({ inputs });
    return probabilities.data;
  };
}

const [kind] = process.argv.slice(2);
process.send!('ready');
const [contest] = (await once(process, 'message')) as [Contest];
const app = fastify();
app.post('/predict', await handlerOf(kind as ContestantName, contest));
process.send!({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
