/**
 * The objects of a bucket: what is asked of an S3 server, and nothing that it does not promise. Of two conditional
 * writes over the same state one succeeds; an object is read whole as one writer wrote it.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';
import { Backoff } from '../../platform/backoff.ts';
import { impatient, type Patience } from '../patience.ts';
import { isConflict, isMissing, isStoreAway, s3FailureOf } from './failure.ts';

/** A server that says nothing for so long does not answer. */
const connectionTimeoutMs = 3_000;
const silenceTimeoutMs = 10_000;
/** Between the tries of who is patient. */
const waits = { firstMs: 500, longestMs: 5_000, settledMs: 0 };
/** While the store is away, who can do without it does not ask more often. */
const askAgainMs = 2_000;

export interface ObjectState {
  etag: string;
  bytes: number;
  lastModifiedMs: number;
}

export interface ListedObject extends ObjectState {
  key: string;
}

/** What a conditional write expects to find: an object as it was read, or none. */
export type Expected = { etag: string } | 'absent';

/** Bytes that can be sent more than once. */
export type Content = string | Uint8Array | { file: string; bytes: number; sha256: string };

export class S3Objects {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #patience: Patience;
  /** What the server's clock is ahead of this machine's. */
  #clockOffsetMs = 0;
  #awaySince: number | null = null;
  #isWaiting = false;

  constructor(bucket: string, prefix: string, patience: Patience = impatient) {
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#patience = patience;
    // This version runs on Node 20, which later ones will not: that is the maintainers' business, not the operator's.
    Object.assign(process.env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' });
    const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
    this.#client = new S3Client({
      // Servers other than AWS' have no name for each bucket.
      forcePathStyle: Boolean(AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL),
      requestHandler: { connectionTimeout: connectionTimeoutMs, socketTimeout: silenceTimeoutMs },
      // Blobs carry their SHA-256; checksums of other kinds are not known to every server.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    this.#client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { date } = (result.response as { headers: Record<string, string> }).headers;
        if (date) this.#clockOffsetMs = Date.parse(date) - Date.now();
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
  }

  /** By the server's clock, which dates the objects; after the first answer. */
  get nowMs(): number {
    return Date.now() + this.#clockOffsetMs;
  }

  /** A request waits until the store is back. */
  get isPatient(): boolean {
    return !this.#patience.isOver();
  }

  /** The last answer said that the store is away, a moment ago. */
  get isAway(): boolean {
    return this.#awaySince !== null && performance.now() - this.#awaySince < askAgainMs;
  }

  /** A small object; `unchanged`: it is what `known` names; null: there is none. */
  async get(
    key: string,
    known?: string,
    signal?: AbortSignal,
  ): Promise<(ObjectState & { body: Buffer }) | 'unchanged' | null> {
    return this.#ask(async () => {
      try {
        const command = new GetObjectCommand({ ...this.#object(key), IfNoneMatch: known });
        const { Body, ...state } = await this.#client.send(command, { abortSignal: signal });
        return { ...stateOf(state), body: Buffer.from(await Body!.transformToByteArray()) };
      } catch (error) {
        if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 304)
          return 'unchanged';
        return nullIfMissing(error);
      }
    });
  }

  /** Has `receive` read the object's bytes; false: there is none. `receive` is called again when they broke off. */
  async read(key: string, receive: (bytes: Readable) => Promise<void>): Promise<boolean> {
    return this.#ask(async () => {
      try {
        const { Body } = await this.#client.send(new GetObjectCommand(this.#object(key)));
        await receive(Body as Readable);
        return true;
      } catch (error) {
        return (await nullIfMissing(error)) !== null;
      }
    });
  }

  async head(key: string): Promise<ObjectState | null> {
    return this.#ask(async () => {
      try {
        return stateOf(await this.#client.send(new HeadObjectCommand(this.#object(key))));
      } catch (error) {
        return nullIfMissing(error);
      }
    });
  }

  async put(key: string, content: Content): Promise<void> {
    await this.#ask(() => this.#send(key, content, {}));
  }

  /**
   * Writes where the object is as expected; returns its new ETag, null: it is not. After a failure of the connection
   * the answer may be null though the write came first: the caller looks whose it is.
   */
  async putIf(expected: Expected, key: string, content: string): Promise<string | null> {
    const condition = expected === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: expected.etag };
    return this.#ask(async () => {
      try {
        return await this.#send(key, content, condition);
      } catch (error) {
        if (isConflict(error)) return null;
        throw error;
      }
    });
  }

  /** One that is not there is no error. @param expected refused where the object is another, if the server knows such conditions. */
  async delete(key: string, expected?: { etag: string }): Promise<'deleted' | 'refused'> {
    return this.#ask(async () => {
      try {
        await this.#client.send(new DeleteObjectCommand({ ...this.#object(key), IfMatch: expected?.etag }));
        return 'deleted';
      } catch (error) {
        if (expected && isConflict(error)) return 'refused';
        if (isMissing(error)) return 'deleted';
        throw error;
      }
    });
  }

  /** Objects whose keys begin with `start`, by key; those directly there and the names of the folders, or all. */
  async list(start: string, depth: 'direct' | 'all'): Promise<{ objects: ListedObject[]; folders: string[] }> {
    const objects: ListedObject[] = [];
    const folders: string[] = [];
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: this.#prefix + start,
        Delimiter: depth === 'direct' ? '/' : undefined,
        ContinuationToken: token,
      });
      const page = await this.#ask(() => this.#client.send(command));
      for (const { Key, ...state } of page.Contents ?? []) {
        const { ETag, Size, LastModified } = state;
        objects.push({ key: this.#without(Key!), ...stateOf({ ETag, ContentLength: Size, LastModified }) });
      }
      folders.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => this.#without(Prefix!).slice(0, -1)));
      token = page.NextContinuationToken;
    } while (token !== undefined);
    return { objects, folders };
  }

  close(): void {
    this.#client.destroy();
  }

  async #send(key: string, content: Content, condition: Partial<PutObjectCommandInput>): Promise<string> {
    const body =
      typeof content === 'string' || content instanceof Uint8Array
        ? { Body: Buffer.from(content) }
        : {
            Body: createReadStream(content.file),
            ContentLength: content.bytes,
            ChecksumSHA256: Buffer.from(content.sha256, 'hex').toString('base64'),
          };
    const { ETag } = await this.#client.send(new PutObjectCommand({ ...this.#object(key), ...body, ...condition }));
    return ETag!;
  }

  /** Asks, and while the store is away again and again, for as long as the caller is patient. */
  async #ask<T>(request: () => Promise<T>): Promise<T> {
    const backoff = new Backoff(waits);
    for (;;) {
      try {
        const answer = await request();
        this.#awaySince = null;
        if (this.#isWaiting) this.#patience.onBack?.();
        this.#isWaiting = false;
        return answer;
      } catch (error) {
        const failure = s3FailureOf(error);
        if (!isStoreAway(failure)) throw failure;
        this.#awaySince = performance.now();
        if (this.#patience.isOver()) throw failure;
        if (!this.#isWaiting) this.#patience.onAway?.(failure as Error);
        this.#isWaiting = true;
        await delay(backoff.next(-1));
      }
    }
  }

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  #without(key: string): string {
    return key.slice(this.#prefix.length);
  }
}

function stateOf(answer: { ETag?: string; ContentLength?: number; LastModified?: Date }): ObjectState {
  return {
    etag: answer.ETag ?? '',
    bytes: answer.ContentLength ?? 0,
    lastModifiedMs: answer.LastModified?.getTime() ?? 0,
  };
}

async function nullIfMissing(error: unknown): Promise<null> {
  if (isMissing(error)) return null;
  throw error;
}
