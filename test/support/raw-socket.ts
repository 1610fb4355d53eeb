/**
 * A client that writes HTTP by hand, as slow, as incomplete and as long as a test wants.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RawClient {
  socket: Socket;
  /** Writes a request's head; a body follows in chunks. */
  head(method: string, path: string, headers?: Record<string, string>): void;
  chunk(text: string): Promise<void>;
  /** The end of the chunked body. */
  end(): void;
  /** All that came, once `pattern` is in it; rejects when the connection ends before. */
  received(pattern: RegExp): Promise<string>;
}

export async function connectRaw(url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  return {
    socket,
    head(method, path, headers = {}) {
      const lines = Object.entries({ host: hostname, ...headers }).map(([name, value]) => `${name}: ${value}`);
      socket.write(`${[`${method} ${path} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    },
    async chunk(content) {
      const bytes = Buffer.from(content);
      const frame = [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')];
      if (!socket.write(Buffer.concat(frame))) await once(socket, 'drain');
    },
    end: () => void socket.write('0\r\n\r\n'),
    async received(pattern) {
      const ended = new AbortController();
      socket.once('close', () => ended.abort());
      while (!pattern.test(text)) {
        if (socket.destroyed) throw new Error(`The connection ended with: ${text}`);
        await once(socket, 'data', { signal: ended.signal });
      }
      return text;
    },
  };
}
