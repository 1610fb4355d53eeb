/**
 * Threads for work that the event loop must not wait for: a pool over one compiled file.
 */
import { Piscina } from 'piscina';

type Options = ConstructorParameters<typeof Piscina>[0];

/**
 * Piscina first loads a thread's file with `require`. A process of Node 20 aborts when a thread is ended while it loads
 * an ES module that way, as at a stop right after a start; without that way Piscina uses `import`, which can be
 * interrupted.
 */
const execArgv = [
  '--no-experimental-require-module',
  ...process.execArgv.filter((flag) => flag === '--enable-source-maps'),
];

export function threadPool<Task, Result>(options: Options & { filename: string }): Piscina<Task, Result> {
  return new Piscina<Task, Result>({ execArgv, ...options });
}
