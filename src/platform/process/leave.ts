/**
 * How a process ends itself. At its exit Node restores the settings of the terminals that it was started on, and aborts
 * with a core dump when one of them is gone; so a process whose terminal is gone ends without that.
 */
import { isatty } from 'node:tty';

const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));

/** Ends the process with `code`; its listeners for `exit` have run then. */
export function leave(code: number): never {
  if (terminals.every((descriptor) => isatty(descriptor))) process.exit(code);
  process.emit('exit', code);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('A process that was killed went on.');
}
