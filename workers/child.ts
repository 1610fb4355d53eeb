/**
 * The child process of a worker: runs one job, then ends. It has no connection of its own; everything it has to say goes to its parent, and without a parent it stops at once.
 */
import { loadEngine } from '../src/engine/load.ts';
import { LookbackError } from '../src/errors.ts';
import type { JobError } from '../src/jobs/job.ts';
import type { Assignment, FromChild, ToChild } from './messages.ts';
import { runJob } from './run-job.ts';

let wish: 'continue' | 'stop' | 'stop-without-checkpoint' = 'continue';

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'warm':
      // A failure shows again, with a job to report it to, when the run needs the engine.
      loadEngine(message.engine.name, message.engine.threads).catch(() => {});
      break;
    case 'run':
      void run(message.assignment);
      break;
    case 'stop':
      wish = message.keepWork ? 'stop' : 'stop-without-checkpoint';
      break;
  }
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; it is the parent who decides when a run stops.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

async function run(assignment: Assignment): Promise<void> {
  const ended: FromChild = await runJob(assignment, { tell, wish: () => wish }).then(
    (end) => ({ type: 'ended', end }),
    (error) => ({ type: 'ended', end: 'failed', error: describe(error) }),
  );
  process.send!(ended, () => process.disconnect());
}

function tell(message: FromChild): void {
  process.send!(message);
}

function describe(error: unknown): JobError {
  if (error instanceof LookbackError) return { category: error.category, code: error.code, message: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  const isDiskFull = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EROFS';
  if (isDiskFull)
    return { category: 'capacity', code: 'storage', message: `A checkpoint cannot be written: ${message}` };
  return {
    category: 'bug',
    code: 'internal',
    message: error instanceof Error ? (error.stack ?? message) : String(error),
  };
}
