/**
 * A program that does not outlive this process, however this process ends: between the two stands a small shell that
 * holds one end of a pipe. When the other end closes, because we say so or because we are gone, it has the program end,
 * and kills it if that takes too long. Where there is a `setpriv` to ask the kernel to, that kills the shell when we are
 * gone, and the program when the shell is, also where one of them is stopped, or the part that waits was killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { endsWithItsParent } from './parent-death.ts';

/**
 * Standard input goes to the program (a shell gives its background commands /dev/null instead); descriptor 3 is the
 * pipe. It looks five times a second, for 6 s, whether the program is gone.
 */
const watch = `
read -r _ <&3
kill -TERM "$1" 2>/dev/null
looks=0
while [ "$looks" -lt 30 ] && kill -0 "$1" 2>/dev/null; do
  sleep 0.2
  looks=$((looks + 1))
done
kill -KILL "$1" 2>/dev/null
`;
/** Its first parameter is what `watch` runs in, its second how both begin: words without spaces in them. */
const guard = `
watching=$1
ending=$2
shift 2
exec 4<&0
$ending "$@" <&4 4<&- 3<&- &
program=$!
exec 4<&-
$ending /bin/sh -c "$watching" lookback-watch "$program" &
watch=$!
exec 3<&-
wait "$program"
code=$?
kill -KILL "$watch" 2>/dev/null
exit "$code"
`;

/** Longer than the shell takes to kill the program. */
const killAfterMs = 7_500;

export interface GuardedProcess {
  /** The shell: it exits when the program does, with its code. */
  process: ChildProcess;
  /** Has the program end; the process exits then. */
  end(): void;
}

/**
 * Starts `program` in a session of its own, with `input` as its standard input. Its standard error can be read, its
 * standard output goes nowhere.
 */
export function startGuarded(program: string, parameters: readonly string[], input: string): GuardedProcess {
  const ending = endsWithItsParent();
  const shell = [...ending, '/bin/sh', '-c', guard, 'lookback-guard', watch, ending.join(' ')];
  const child = spawn(shell[0], [...shell.slice(1), program, ...parameters], {
    // In a process group of its own: Ctrl-C in a terminal must not end it before those who still use it.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  const pipe = child.stdio[3] as Writable;
  // What fails here shows in the exit of the process.
  for (const stream of [child.stdin!, pipe]) stream.on('error', () => {});
  child.stdin!.end(input);
  const end = () => {
    pipe.destroy();
    // Nobody may be waiting at its other end any more.
    const killing = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.once('exit', () => clearTimeout(killing));
    if (child.exitCode !== null || child.signalCode !== null) clearTimeout(killing);
  };
  return { process: child, end };
}
