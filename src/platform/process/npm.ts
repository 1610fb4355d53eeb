/**
 * Notices that the npm that started this process is gone: it hands on SIGINT and SIGTERM, and nothing when it is killed.
 */
import { readFileSync } from 'node:fs';

const lookEveryMs = 1_000;

interface Process {
  name: string;
  parent: number;
}

/** Calls `onGone` once. Nothing is watched where npm has not started this process, nor where there is no /proc to tell. */
export function watchNpm(onGone: () => void): void {
  const line = lineToNpm();
  if (!line) return;
  const looking = setInterval(() => {
    if (lineToNpm()?.join() === line.join()) return;
    clearInterval(looking);
    onGone();
  }, lookEveryMs);
  looking.unref();
}

/** The ids of the parents up to npm: some shells stand between, others become what they run. */
function lineToNpm(): number[] | null {
  if (!process.env.npm_lifecycle_event) return null;
  const line = [process.ppid];
  for (const pid of line) {
    const found = processOf(pid);
    if (found?.name.startsWith('npm')) return line;
    if (found && line.length === 1) line.push(found.parent);
  }
  return null;
}

function processOf(pid: number): Process | null {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
    return { name, parent: Number(parent) };
  } catch {
    return null;
  }
}
