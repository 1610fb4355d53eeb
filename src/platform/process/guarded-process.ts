/**
 * A program that does not outlive this process, however this process ends: between the two stands a small shell that
 * holds one end of a pipe. When the other end closes, because we say so or because we are gone, it has the program end,
 * and kills it if that takes too long. If the shell itself is killed, the kernel kills the program, where there is a
 * `setpriv` to ask it to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { endsWithItsParent } from './parent-death.ts';

/**
 * Standard input goes to the program (a shell gives its background commands /dev/null instead); descriptor 3 is the
 * pipe. It looks five times a second, for 6 s, whether the program is gone.
 */
const guard = `
exec 4<&0
"$@" <&4 4<&- 3<&- &
program=$!
exec 4<&-
{
  read -r _ <&3
  kill -TERM "$program" 2>/dev/null
  looks=0
  while [ "$looks" -lt 30 ] && kill -0 "$program" 2>/dev/null; do
    sleep 0.2
    looks=$((looks + 1))
  done
  kill -KILL "$program" 2>/dev/null
} &
watch=$!
exec 3<&-
wait "$program"
code=$?
kill -KILL "$watch" 2>/dev/null
exit "$code"
`;

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
  const command = [...endsWithItsParent(), program, ...parameters];
  const child = spawn('/bin/sh', ['-c', guard, 'lookback-guard', ...command], {
    // In a process group of its own: Ctrl-C in a terminal must not end it before those who still use it.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  const pipe = child.stdio[3] as Writable;
  // What fails here shows in the exit of the process.
  for (const stream of [child.stdin!, pipe]) stream.on('error', () => {});
  child.stdin!.end(input);
  return { process: child, end: () => pipe.destroy() };
}
