/**
 * A short way from a connection to its answer, for predictions that can be answered at once: between reading the bytes
 * and writing the answer lie only the check of the host, the parsing of the body and the model, since at small models
 * everything else takes several times as long as these. It stands before Node's HTTP server and takes over nothing
 * that is not wholly ordinary: with the first request that is anything else (another route, a header that matters, much
 * to compute, an error) the connection goes to Node's server, unread, and stays there. So every refusal is made in one
 * place, and an answer is the same by either way.
 */
import { maxHeaderSize, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { parseJson } from '../../platform/input/json.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonBytes } from '../../serving/json-bytes.ts';
import { endOfHead, type PlainHead, readPlainHead } from './plain-request.ts';
import { Turn } from './turn.ts';

/** Node's own listener for connections. */
type Accept = (this: Server, socket: Socket) => void;

/** Notes that a request was answered with status 200. */
export type Recorder = (id: string, elapsedMs: number) => void;

/** @typeParam P a request that was found to be one that can be answered at once. */
export interface FastPathDeps<P> {
  /** Now or later. undefined, or whatever is thrown: the request goes the other way. */
  prepare(body: unknown): P | undefined | Promise<P | undefined>;
  /**
   * Answers all of them, in their order.
   * @param room bytes that each answer leaves free for its head.
   * @param write takes the JSON of the answer to one of them; undefined: it goes the other way.
   */
  answer(prepared: readonly P[], room: number, write: (index: number, json: JsonBytes | undefined) => void): void;
  isOwnHost(host: string): boolean;
  nextId(): string;
  /** Of the requests of one connection that name a host. */
  recorder(host: string, socket: Socket): Recorder;
}

/** A longer head is for Node's server to refuse, or to take. */
const longestHead = maxHeaderSize / 2;
/** How long the rest of a body may take that did not come with its head. */
const restMs = 1_000;
const betweenLooksMs = 10;
/** More than the head of an answer takes. */
const headRoom = 512;

export class FastPath<P> {
  readonly #connections = new Set<FastConnection<P>>();

  /** @param server none of whose connections has been opened yet: all of them come here first. */
  constructor(server: Server, deps: FastPathDeps<P>) {
    const accept = server.listeners('connection')[0] as Accept;
    const turn = new Turn<PendingRequest<P>>((pending) => {
      const prepared = pending.map((request) => request.prepared);
      try {
        deps.answer(prepared, headRoom, (index, json) => pending[index].from.answer(json));
      } catch {
        // The route meets it again, and answers and logs it as it does all that fails.
        for (const { from } of pending) from.answer(undefined);
      }
    });
    server.removeListener('connection', accept);
    server.on('connection', (socket: Socket) => {
      const handOver = (unread: Buffer) => {
        this.#connections.delete(connection);
        accept.call(server, socket);
        // As a stream it is reading from now on. It would begin to by itself, after what it has just brought, also where
        // the server has stopped it meanwhile, and nothing would stop it again.
        socket.read(0);
        socket.emit('data', unread);
      };
      const connection = new FastConnection(socket, { ...deps, keepAliveMs: server.keepAliveTimeout, turn, handOver });
      this.#connections.add(connection);
      socket.once('close', () => this.#connections.delete(connection));
    });
  }

  /** Ends all connections; requests that are there, or whose rest comes in time, are answered first. */
  async close(): Promise<void> {
    const deadline = performance.now() + restMs;
    for (const connection of this.#connections) connection.close();
    const isAwaited = () => [...this.#connections].some((connection) => connection.owesAnswer);
    while (isAwaited() || (this.#connections.size > 0 && performance.now() < deadline)) {
      await setTimeout(betweenLooksMs);
    }
  }
}

/** A request that is answered at the end of the turn. */
interface PendingRequest<P> {
  prepared: P;
  from: FastConnection<P>;
}

interface ConnectionDeps<P> extends FastPathDeps<P> {
  keepAliveMs: number;
  turn: Turn<PendingRequest<P>>;
  /** Gives the connection to Node's server, with what came on it unread. */
  handOver(unread: Buffer): void;
}

interface AskedRequest {
  bytes: Buffer;
  behind: Buffer[];
  since: number;
  record: Recorder;
  isInTurn: boolean;
}

class FastConnection<P> {
  readonly #socket: Socket;
  readonly #deps: ConnectionDeps<P>;
  /** The latest head and what was read in it, if it is plain: most clients send the same again and again. */
  #headText = '';
  #head: PlainHead | undefined;
  /** Of the requests that name its host. */
  #recorder: { host: string; record: Recorder } | undefined;
  #isClosing = false;
  /** The client sends no more. */
  #hasEnded = false;
  #hasLeft = false;
  /** A request the rest of whose body is to come. */
  #begun: { bytes: Buffer; since: number } | undefined;
  /**
   * A request that waits for what it needs, and then for the turn that answers it; and what came behind it, of a client
   * that does not wait for its answer.
   */
  #asked: AskedRequest | undefined;

  constructor(socket: Socket, deps: ConnectionDeps<P>) {
    this.#socket = socket;
    this.#deps = deps;
    socket.on('data', this.#take).on('error', this.#drop).on('end', this.#end).on('timeout', this.#timeOut);
    socket.setTimeout(deps.keepAliveMs);
  }

  /** Ends it, when a request that has begun is answered. */
  close(): void {
    this.#isClosing = true;
    if (!this.#begun) this.#endWhenAnswered();
  }

  /** To a request that is there as a whole. */
  get owesAnswer(): boolean {
    return this.#asked !== undefined;
  }

  /** @param json undefined: it is for the route to say why there is none. */
  answer(json: JsonBytes | undefined): void {
    if (!this.#asked) return;
    const { bytes, behind, since, record } = this.#asked;
    this.#asked = undefined;
    if (!json) {
      this.#leave(Buffer.concat([bytes, ...behind]));
      return;
    }
    const socket = this.#socket;
    const id = this.#deps.nextId();
    json.sendBehind(
      (length) => headOfAnswer(id, length, this.#isClosing ? 0 : this.#deps.keepAliveMs),
      (answer) => {
        socket.write(answer);
        return socket.writableLength === 0;
      },
    );
    record(id, performance.now() - since);
    if (this.#isClosing) socket.destroySoon();
    else if (behind.length > 0) this.#leave(Buffer.concat(behind));
  }

  readonly #take = (chunk: Buffer) => {
    if (this.#asked) {
      this.#asked.behind.push(chunk);
      // While it waits, Node's server bounds what comes.
      if (!this.#asked.isInTurn) this.answer(undefined);
      return;
    }
    const begun = this.#begun;
    const since = begun?.since ?? performance.now();
    const bytes = begun ? Buffer.concat([begun.bytes, chunk]) : chunk;
    const headLength = bytes.indexOf(endOfHead);
    const isHead = headLength >= 0 && headLength < longestHead;
    const head = isHead ? this.#readHead(bytes.toString('latin1', 0, headLength)) : undefined;
    if (!head) {
      this.#leave(bytes);
      return;
    }
    const bodyAt = headLength + endOfHead.length;
    const missing = bodyAt + head.contentLength - bytes.length;
    if (missing > 0 && !begun && head.contentLength <= limits.smallBody) {
      this.#begin(bytes, since);
      return;
    }
    // Another request behind it, or a client that does not read its answers, is for Node's server to bound.
    const isWhole = missing === 0 && this.#socket.writableLength === 0;
    const prepared = isWhole ? this.#prepare(bytes.subarray(bodyAt)) : undefined;
    if (prepared === undefined) {
      this.#leave(bytes);
      return;
    }
    if (begun) this.#goOn();
    const asked = { bytes, behind: [], since, record: this.#recorderOf(head.host), isInTurn: false };
    this.#asked = asked;
    if (prepared instanceof Promise) void this.#wait(asked, prepared);
    else this.#addToTurn(asked, prepared);
  };

  async #wait(asked: AskedRequest, preparing: Promise<P | undefined>): Promise<void> {
    const prepared = await preparing.catch(() => undefined);
    if (this.#asked !== asked || this.#socket.destroyed) return;
    if (prepared === undefined) this.answer(undefined);
    else this.#addToTurn(asked, prepared);
  }

  #addToTurn(asked: AskedRequest, prepared: P): void {
    asked.isInTurn = true;
    this.#deps.turn.add({ prepared, from: this });
  }

  #readHead(text: string): PlainHead | undefined {
    if (text !== this.#headText) {
      const head = readPlainHead(text);
      this.#head = head && this.#deps.isOwnHost(head.host) ? head : undefined;
      this.#headText = text;
    }
    return this.#head;
  }

  #recorderOf(host: string): Recorder {
    if (this.#recorder?.host !== host) this.#recorder = { host, record: this.#deps.recorder(host, this.#socket) };
    return this.#recorder.record;
  }

  #begin(bytes: Buffer, since: number): void {
    this.#begun = { bytes, since };
    this.#socket.setTimeout(restMs);
  }

  #goOn(): void {
    this.#begun = undefined;
    this.#socket.setTimeout(this.#deps.keepAliveMs);
  }

  #prepare(body: Buffer): P | undefined | Promise<P | undefined> {
    try {
      return this.#deps.prepare(parseJson(body));
    } catch {
      // Said by the route, which meets it again.
      return undefined;
    }
  }

  /** @param unread what came of a request that Node's server is to answer. */
  #leave(unread: Buffer): void {
    this.#begun = undefined;
    this.#hasLeft = true;
    const socket = this.#socket;
    socket.off('data', this.#take).off('error', this.#drop).off('end', this.#end).off('timeout', this.#timeOut);
    socket.setTimeout(0);
    this.#deps.handOver(unread);
    // To Node's server a client that sends no more has gone.
    if (this.#hasEnded) socket.emit('end');
  }

  #endWhenAnswered(): void {
    this.#isClosing = true;
    this.#deps.turn.end();
    if (!this.#asked && !this.#hasLeft) this.#socket.destroySoon();
  }

  readonly #timeOut = () => {
    if (this.#begun) this.#leave(this.#begun.bytes);
    else if (!this.#asked) this.#endWhenAnswered();
  };
  readonly #drop = () => this.#socket.destroy();
  readonly #end = () => {
    this.#hasEnded = true;
    if (this.#begun) this.#leave(this.#begun.bytes);
    else this.#endWhenAnswered();
  };
}

/** The head that Fastify and Node would write. @param keepAliveMs 0: the connection ends. */
function headOfAnswer(id: string, contentLength: number, keepAliveMs: number): string {
  const connection =
    keepAliveMs === 0 ? 'close' : `keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}`;
  return `HTTP/1.1 200 OK\r\nx-request-id: ${id}\r\nx-content-type-options: nosniff\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${contentLength}\r\nDate: ${date()}\r\nConnection: ${connection}\r\n\r\n`;
}

let second = 0;
let shownSecond = '';

/** Now, in the form of a `Date` header. */
function date(): string {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    shownSecond = new Date(1000 * now).toUTCString();
  }
  return shownSecond;
}
