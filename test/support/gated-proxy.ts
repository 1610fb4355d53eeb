/**
 * A TCP proxy before a Redis whose connections a test can cut, and on which it can hold back what a client says, or
 * what Redis answers.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface GatedProxy {
  port: number;
  /** Resolves when Redis has said something with `word` in it. */
  answered(word: string): Promise<void>;
  /** Cuts every connection; from then on the first command with `word` in it, and all after it, are held back. Resolves when one is. */
  cutAndHold(word: string): Promise<void>;
  /** Lets through what was held back. */
  release(): void;
  /**
   * The next connection on which a command has `word` in it gets no answer any more: Redis does what it is told, and
   * nobody hears of it.
   */
  keepAnswersTo(word: string): void;
}

export async function startGatedProxy(target: number): Promise<GatedProxy> {
  const sockets = new Set<Socket>();
  let heldWord: string | undefined;
  let unansweredWord: string | undefined;
  let held: (() => void)[] = [];
  let onHeld = () => {};
  const answers: { word: string; onAnswer: () => void }[] = [];

  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1');
    let isHeld = false;
    let isUnanswered = false;
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        redis.destroy();
      });
    }
    redis.on('data', (chunk) => {
      if (!isUnanswered) client.write(chunk);
      for (const { word, onAnswer } of answers) if (chunk.includes(word)) onAnswer();
    });
    client.on('data', (chunk) => {
      isHeld ||= heldWord !== undefined && chunk.includes(heldWord);
      if (unansweredWord !== undefined && chunk.includes(unansweredWord)) {
        isUnanswered = true;
        unansweredWord = undefined;
      }
      if (!isHeld) redis.write(chunk);
      else {
        held.push(() => redis.write(chunk));
        onHeld();
      }
    });
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    answered: (word) => new Promise((onAnswer) => answers.push({ word, onAnswer })),
    async cutAndHold(word) {
      heldWord = word;
      const holding = new Promise<void>((resolve) => {
        onHeld = resolve;
      });
      cut();
      await holding;
    },
    release() {
      heldWord = undefined;
      for (const write of held) write();
      held = [];
    },
    keepAnswersTo(word) {
      unansweredWord = word;
    },
  };
}
