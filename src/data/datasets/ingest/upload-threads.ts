/**
 * Uploads are parsed, counted and written on threads: the event loop hands on their bytes, and never more than a few of them ahead.
 */
import { finished, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import { receiveError } from '../../../platform/error-transfer.ts';
import { BusyError } from '../../../platform/errors.ts';
import { limits } from '../../../platform/limits.ts';
import { threadPool } from '../../../platform/process/thread-pool.ts';
import type { Draft } from '../../../storage/blob-store.ts';
import type { DatasetSheet } from '../sheet.ts';
import type { UploadRequest } from './request.ts';
import type { UploadMessage, UploadOutcome, UploadTask } from './upload-task.ts';

/**
 * An upload waits for its sender most of the time, so that a thread reads several; two, so that one long line does not
 * hold up all others.
 */
const threads = 2;
/** A thread that has had nothing to do for so long ends. */
const idleTimeoutMs = 10_000;
/** Bytes of an upload on their way to its thread. */
const aheadBytes = 2 ** 18;
/**
 * What was just parsed is garbage at once: with a small space for it a thread stays small. The rest of the memory is
 * for the longest lines of several uploads.
 */
const heapMiB = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 2_048 };

export class UploadThreads {
  readonly #threads: Piscina<UploadTask, UploadOutcome>;
  readonly #storeLocation: string;
  #underWay = 0;

  /** @param file the compiled thread. */
  constructor(storeLocation: string, file = fileURLToPath(new URL('./upload-thread.js', import.meta.url))) {
    this.#storeLocation = storeLocation;
    this.#threads = threadPool<UploadTask, UploadOutcome>({
      filename: file,
      minThreads: 0,
      maxThreads: threads,
      concurrentTasksPerWorker: limits.uploads / threads,
      idleTimeout: idleTimeoutMs,
      resourceLimits: heapMiB,
      // A thread that waits with Atomics would read nothing of its other uploads.
      atomics: 'disabled',
    });
  }

  /**
   * `fillDraft` on a thread. The stream is read only as fast as the thread reads; after a refusal it is left as it is, unread and open.
   * @throws what `fillDraft` throws, what the stream fails with, BusyError while too many uploads are under way.
   */
  async fill(draft: Draft, stream: Readable, request: UploadRequest, createdAt: Date): Promise<DatasetSheet> {
    if (this.#underWay >= limits.uploads) {
      throw new BusyError(`${limits.uploads} uploads are under way, which is the limit; try again in a moment.`);
    }
    this.#underWay++;
    const { port1, port2 } = new MessageChannel();
    try {
      const task = { storeLocation: this.#storeLocation, draft: draft.id, request, createdAt, port: port2 };
      const filling = this.#threads.run(task, { transferList: [port2] });
      const [handedOver, filled] = await Promise.allSettled([handOver(stream, port1, filling), filling]);
      if (handedOver.status === 'rejected') throw handedOver.reason;
      if (filled.status === 'rejected') throw filled.reason;
      if (filled.value.status === 'refused') throw receiveError(filled.value.error);
      return filled.value.sheet;
    } finally {
      port1.close();
      this.#underWay--;
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}

/** Sends the stream's bytes until it ends, or until the thread needs no more of them. @throws what the stream fails with. */
function handOver(stream: Readable, port: MessagePort, filling: Promise<unknown>): Promise<void> {
  const send = (message: UploadMessage, transferred: ArrayBuffer[] = []) => port.postMessage(message, transferred);
  let ahead = 0;
  const onData = (chunk: Uint8Array) => {
    const copy = new Uint8Array(chunk);
    ahead += copy.length;
    send(copy, [copy.buffer]);
    if (ahead >= aheadBytes) stream.pause();
  };
  port.on('message', (length: number) => {
    ahead -= length;
    if (ahead < aheadBytes) stream.resume();
  });
  return new Promise<void>((resolve, reject) => {
    const forget = finished(stream, { writable: false }, (error) => {
      stop();
      send(error ? 'broken off' : 'end');
      if (error) reject(error);
      else resolve();
    });
    const stop = () => {
      forget();
      stream.off('data', onData);
      port.removeAllListeners('message');
    };
    const leave = () => {
      stop();
      stream.pause();
      resolve();
    };
    filling.then(leave, leave);
    stream.on('data', onData);
  });
}
