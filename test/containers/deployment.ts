/**
 * A deployment by docker compose of a test's own: project, port and images that nobody else has, all of it removed at
 * the end.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LookbackClient } from '../../src/client/client.ts';
import { freePort } from '../../src/platform/network/free-port.ts';
import { eventually } from '../support/cluster.ts';

const run = promisify(execFile);
const outputBytes = 64 << 20;
const answerMs = 5_000;

export const root = path.resolve(import.meta.dirname, '../..');

export type Service = 'api' | 'worker' | 'redis';

export async function docker(...parameters: string[]): Promise<string> {
  const { stdout } = await run('docker', parameters, { maxBuffer: outputBytes });
  return stdout.trim();
}

export class Deployment {
  readonly project: string;
  readonly port: number;
  readonly client: LookbackClient;
  readonly #folder: string;
  readonly #images = new Set<string>();
  /** The clone whose compose file is in force, and the tag of the images that it builds. */
  #clone = { root, tag: 'now' };

  private constructor(project: string, port: number, folder: string) {
    this.project = project;
    this.port = port;
    this.#folder = folder;
    this.client = new LookbackClient(this.url);
  }

  /** @param project that another part of this run has made the images of. */
  static async prepare(project = `lookback-test-${randomBytes(4).toString('hex')}`): Promise<Deployment> {
    return new Deployment(project, await freePort(), await mkdtemp(path.join(tmpdir(), `${project}-`)));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on the compose file, and the images, are those of this clone. */
  async use(clone: { root: string; tag: string }): Promise<void> {
    this.#clone = clone;
    const services = (['api', 'worker'] as const).map((name) => `  ${name}: { image: "${this.image(name)}" }`);
    await writeFile(this.#override, `services:\n${services.join('\n')}\n`);
  }

  image(target: 'api' | 'worker'): string {
    const name = `${this.project}-${target}:${this.#clone.tag}`;
    this.#images.add(name);
    return name;
  }

  async compose(...parameters: string[]): Promise<string> {
    const files = ['--file', path.join(this.#clone.root, 'docker-compose.yml'), '--file', this.#override];
    const { stdout } = await run('docker', ['compose', '--project-name', this.project, ...files, ...parameters], {
      maxBuffer: outputBytes,
      env: {
        ...process.env,
        PORT: String(this.port),
        LOOKBACK_API_IMAGE: this.image('api'),
        LOOKBACK_WORKER_IMAGE: this.image('worker'),
      },
    });
    return stdout.trim();
  }

  /** Starts what is not running, and waits until the API is ready and so many workers are there, with all their engines. */
  async up(workers: number): Promise<void> {
    await this.compose('up', '--detach', '--no-build', '--scale', `worker=${workers}`);
    await eventually(
      () => this.workers().catch(() => []),
      (there) => there.length === workers && there.every(({ loading }) => loading.length === 0),
    );
  }

  async workers(): Promise<{ id: string; engines: string[]; loading: string[]; job: string | null }[]> {
    // The engine takes connections to a published port before anybody listens behind it, and may never answer one.
    const answer = await fetch(`${this.url}/v1/workers`, { signal: AbortSignal.timeout(answerMs) });
    if (!answer.ok) throw new Error(`/v1/workers: ${answer.status}`);
    return ((await answer.json()) as { data: [] }).data;
  }

  /** Ids of the containers of a service, running or not. */
  async containers(service: Service): Promise<string[]> {
    return (await this.compose('ps', '--all', '--quiet', service)).split('\n').filter((id) => id !== '');
  }

  async inspect(container: string): Promise<Inspection> {
    return JSON.parse(await docker('inspect', container))[0] as Inspection;
  }

  /** Runs a shell command in a container; the exit code decides whether it throws. */
  exec(container: string, command: string): Promise<string> {
    return docker('exec', container, 'sh', '-c', command);
  }

  /** @returns what is left of it, whatever happened: nothing. */
  async remove(): Promise<string[]> {
    await this.compose('down', '--volumes', '--timeout', '5', '--remove-orphans');
    for (const image of this.#images) await docker('image', 'rm', '--force', image);
    await rm(this.#folder, { recursive: true, force: true });
    const mine = ['--filter', `label=com.docker.compose.project=${this.project}`, '--quiet'];
    const left = await Promise.all([
      docker('container', 'ls', '--all', ...mine),
      docker('network', 'ls', ...mine),
      docker('volume', 'ls', ...mine),
      docker('image', 'ls', '--quiet', '--filter', `reference=${this.project}-*`),
    ]);
    return left.filter((ids) => ids !== '');
  }

  get #override(): string {
    return path.join(this.#folder, 'images.yml');
  }
}

/** What `docker inspect` says of a container, as far as tests look at it. */
export interface Inspection {
  Config: { User: string; Env: string[]; Cmd: string[] };
  State: { ExitCode: number; Status: string };
  HostConfig: {
    ReadonlyRootfs: boolean;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]> | null;
  };
}
