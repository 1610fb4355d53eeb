/**
 * A private S3 server with a bucket, and what a service needs to use it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { freePort } from '../src/platform/network/free-port.ts';

const bucket = 'lookback-tests';

export class S3Server {
  readonly url: string;
  readonly #server: ChildProcess;
  readonly #client: S3Client;

  private constructor(url: string, server: ChildProcess) {
    this.url = url;
    this.#server = server;
    Object.assign(process.env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' });
    this.#client = new S3Client({
      endpoint: url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'tests', secretAccessKey: 'tests-secret' },
      forcePathStyle: true,
    });
  }

  /** Returns when it takes requests. It is installed first, where it is not there yet: from the root of the clone. */
  static async start(): Promise<S3Server> {
    const port = await freePort();
    const server = spawn(process.execPath, ['scripts/s3-server.mjs', String(port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: server.stdout! });
    const ready = (async () => {
      for await (const line of lines) if (line === 'ready') return true;
      return false;
    })();
    if (!(await ready)) throw new Error('The S3 server did not start.');
    server.stdout!.resume();
    const started = new S3Server(`http://127.0.0.1:${port}`, server);
    await started.#client.send(new CreateBucketCommand({ Bucket: bucket }));
    return started;
  }

  /** What a process has to have in its environment to reach the server at `url`, which may be that of a proxy. */
  environment(url = this.url): NodeJS.ProcessEnv {
    return {
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'tests',
      AWS_SECRET_ACCESS_KEY: 'tests-secret',
    };
  }

  /** A store of its own in the bucket. */
  address(name: string): string {
    return `s3://${bucket}/${name}`;
  }

  /** Keys of the first objects that begin so, by name. */
  async keys(start: string): Promise<string[]> {
    const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: start }));
    return Contents.map(({ Key }) => Key!);
  }

  /** Puts other bytes in the place of an object's. False: there is none of this key. */
  async change(key: string, change: (bytes: Uint8Array) => Uint8Array | string): Promise<boolean> {
    const found = await this.#client.send(new GetObjectCommand({ Bucket: bucket, Key: key })).catch(nullIfMissing);
    if (!found) return false;
    const Body = change(await found.Body!.transformToByteArray());
    await this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
    return true;
  }

  async close(): Promise<void> {
    this.#client.destroy();
    const exited = once(this.#server, 'exit');
    this.#server.stdin!.end();
    await exited;
  }
}

function nullIfMissing(error: Error): null {
  if (error.name === 'NoSuchKey') return null;
  throw error;
}
