/**
 * A private S3 server with a bucket, and what a service needs to use it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from '../src/platform/network/free-port.ts';

const bucket = 'lookback-tests';

export class S3Server {
  readonly url: string;
  readonly #server: ChildProcess;

  private constructor(url: string, server: ChildProcess) {
    this.url = url;
    this.#server = server;
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
    await started.#makeBucket();
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

  async close(): Promise<void> {
    const exited = once(this.#server, 'exit');
    this.#server.stdin!.end();
    await exited;
  }

  async #makeBucket(): Promise<void> {
    Object.assign(process.env, { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' });
    const client = new S3Client({
      endpoint: this.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'tests', secretAccessKey: 'tests-secret' },
      forcePathStyle: true,
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
  }
}
