/**
 * A Lookback of a test's own as a user starts it, with the embedded Redis and a worker, over a temporary folder; and
 * all processes that belong to it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { LogEvent } from '../../src/platform/log-events.ts';
import { eventually } from './cluster.ts';

export const dist = path.resolve(import.meta.dirname, '../../dist');
export const serverEntry = path.join(dist, 'src/main/server.js');

/** A folder for one test; every process that belongs to it is killed when the test ends. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-service-'));
  onTestFinished(async () => {
    for (const pid of await processesOf(folder)) killIfThere(pid);
    await eventually(() => processesOf(folder), isEmpty);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

export function environmentIn(folder: string, settings: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const data = path.join(folder, 'data');
  return { ...process.env, PORT: '0', REDIS_URL: '', LOOKBACK_DATA: data, LOOKBACK_WORKERS: '1', ...settings };
}

/** A command in a process group of its own, and what it has printed so far. */
export interface Started {
  process: ChildProcess;
  readonly output: string;
  /** Resolves when the output has this in it. */
  printed(text: string): Promise<void>;
  /** Resolves when a process of it has logged a line with this code. */
  logged(event: LogEvent): Promise<void>;
  /** Exit code or signal, when it has ended and all that it printed is read. */
  ended: Promise<number | NodeJS.Signals | null>;
}

export function run(command: readonly string[], env: NodeJS.ProcessEnv): Started {
  const child = spawn(command[0], command.slice(1), { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const started = { process: child, output: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      started.output += text;
    });
  }
  const printed = async (text: string) => {
    await eventually(
      async () => started.output,
      (output) => output.includes(text),
    );
  };
  return Object.assign(started, {
    printed,
    logged: (event: LogEvent) => printed(`"event":"${event}"`),
    ended: new Promise<number | NodeJS.Signals | null>((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? code));
    }),
  });
}

/** What a service prints when it can be used, and what its worker does. */
export async function isServing(service: Started): Promise<void> {
  await service.printed('Lookback listens on');
  await service.logged('worker-ready');
}

/** The ids of the processes whose environment names the folder, or that work in it (redis-server overwrites its environment). */
export async function processesOf(folder: string): Promise<number[]> {
  const all = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const belongs = await Promise.all(all.map((pid) => belongsTo(pid, folder)));
  return all.filter((_, i) => belongs[i]);
}

async function belongsTo(pid: number, folder: string): Promise<boolean> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return cwd.startsWith(folder) || environment.includes(folder);
}

/** The process of a service whose command line has this in it. */
export async function processOf(folder: string, command: string): Promise<number> {
  const found = await eventually(
    async () => {
      const pids = await processesOf(folder);
      const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
      return pids.filter((_, i) => commands[i].includes(command));
    },
    (pids) => pids.length > 0,
  );
  return found[0];
}

export async function untilNothingIsLeft(folder: string): Promise<void> {
  await eventually(() => processesOf(folder), isEmpty);
}

function isEmpty(list: unknown[]): boolean {
  return list.length === 0;
}

export function killIfThere(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
