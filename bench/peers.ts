/**
 * PyTorch, Keras, JAX and stock tfjs-node as contestants: processes that stay up and are asked for steps line by line,
 * so that their runs can be interleaved with ours. The protocol is in peers/protocol.py.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Contestant } from './contestant.ts';

const scripts = ['pytorch', 'keras', 'jax'];

/** Where the package `peers` stands. The scripts are not compiled: from dist/bench it is two levels up, beside the source. */
const cwd = [new URL('.', import.meta.url), new URL('../../bench/', import.meta.url)].find((folder) =>
  existsSync(new URL('peers/protocol.py', folder)),
);

const stockLayers = fileURLToPath(new URL('stock-layers.js', import.meta.url));

/** Starts the peers that this Python has; the others are named to `complain`. */
export async function openPeers(python: string, complain: (message: string) => void): Promise<Contestant[]> {
  const opened = scripts.map((script) => {
    const child = spawn(python, ['-B', '-m', `peers.${script}`], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    return openPeer(child, script).catch((error: Error) => {
      complain(error.message);
      return [];
    });
  });
  return (await Promise.all(opened)).flat();
}

/** tf.layers.lstm, and what the machine gives at best: GFLOP/s of a large matrix product. */
export async function openStock(threads: number): Promise<{ contestants: Contestant[]; peakGflops: number }> {
  // As TensorFlow comes, but for the number of threads.
  const env = { ...process.env, TF_NUM_INTRAOP_THREADS: String(threads), TF_ENABLE_ONEDNN_OPTS: '1' };
  const child = spawn(process.execPath, [stockLayers], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  let peakGflops = 0;
  const contestants = await openPeer(child, 'stock-layers', (hello) => {
    peakGflops = hello.peakGflops ?? 0;
  });
  return { contestants, peakGflops };
}

interface Hello {
  contestants: string[];
  peakGflops?: number;
}

async function openPeer(
  child: ChildProcess,
  peer: string,
  greeted: (hello: Hello) => void = () => {},
): Promise<Contestant[]> {
  const conversation = new Conversation(child, peer);
  const hello = await conversation.next<Hello>();
  greeted(hello);
  let open = hello.contestants.length;
  return hello.contestants.map((name) => ({
    name,
    train: async (size, steps) => {
      const { seconds } = await conversation.ask<{ seconds: number }>({ contestant: name, ...size, steps });
      return seconds;
    },
    close: () => {
      open--;
      if (open === 0) conversation.close();
    },
  }));
}

/** Lines of JSON with a process, one question at a time. */
class Conversation {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #peer: string;
  #errors = '';

  constructor(child: ChildProcess, peer: string) {
    this.#child = child;
    this.#peer = peer;
    // Without a listener a missing Python would end the benchmark; that it never answers is noticed in `next`.
    child.on('error', (error) => {
      this.#errors += error.message;
    });
    child.stderr?.on('data', (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-2000);
    });
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  ask<Answer>(question: object): Promise<Answer> {
    this.#child.stdin!.write(`${JSON.stringify(question)}\n`);
    return this.next();
  }

  async next<Answer>(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The peer ${this.#peer} ended: ${this.#errors.trim().split('\n').at(-1)}`);
    return JSON.parse(value);
  }

  close(): void {
    this.#child.stdin!.end();
  }
}
