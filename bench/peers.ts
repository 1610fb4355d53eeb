/**
 * PyTorch, Keras and JAX as contestants: Python processes that stay up and are asked for steps line by line, so that their runs can be interleaved with ours. The protocol is in peers/protocol.py.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Contestant } from './contestant.ts';

const scripts = ['pytorch', 'keras', 'jax'];

/** Where the package `peers` stands. The scripts are not compiled: from dist/bench it is two levels up, beside the source. */
const cwd = [new URL('.', import.meta.url), new URL('../../bench/', import.meta.url)].find((folder) =>
  existsSync(new URL('peers/protocol.py', folder)),
);

/** Starts the peers that this Python has; the others are named to `complain`. */
export async function openPeers(python: string, complain: (message: string) => void): Promise<Contestant[]> {
  const peers = await Promise.all(scripts.map((script) => openPeer(python, script, complain)));
  return peers.flat();
}

async function openPeer(python: string, script: string, complain: (message: string) => void): Promise<Contestant[]> {
  const child = spawn(python, ['-B', '-m', `peers.${script}`], { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  const conversation = new Conversation(child, script);
  try {
    const { contestants } = await conversation.next<{ contestants: string[] }>();
    let open = contestants.length;
    return contestants.map((name) => ({
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
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error));
    return [];
  }
}

/** Lines of JSON with a process, one question at a time. */
class Conversation {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #script: string;
  #errors = '';

  constructor(child: ChildProcess, script: string) {
    this.#child = child;
    this.#script = script;
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
    if (done) throw new Error(`The peer ${this.#script} ended: ${this.#errors.trim().split('\n').at(-1)}`);
    return JSON.parse(value);
  }

  close(): void {
    this.#child.stdin!.end();
  }
}
