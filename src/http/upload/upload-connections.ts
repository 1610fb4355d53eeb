/**
 * Connections on which uploads come in. A refusal may be on its way while the sender still sends: a connection that is
 * closed with bytes unread is reset, and the answer lost with it (RFC 9112, section 9.6). So the rest is read and
 * thrown away, for a while.
 */
import type { IncomingMessage } from 'node:http';

/** How long a sender may go on after it has been answered. */
const readOutMs = 30_000;

export class UploadConnections {
  /** Requests whose body is not read to its end. */
  readonly #open = new Set<IncomingMessage>();

  add(request: IncomingMessage): void {
    this.#open.add(request);
    request.once('close', () => this.#open.delete(request));
  }

  /** To be called when the answer is out. */
  readOut(request: IncomingMessage): void {
    if (request.complete || request.destroyed) return;
    const deadline = setTimeout(() => request.destroy(), readOutMs);
    request.once('close', () => clearTimeout(deadline));
    request.unpipe();
    request.resume();
  }

  /** Breaks off the uploads that are under way, so that the server can close. */
  close(): void {
    for (const request of this.#open) request.destroy();
  }
}
