/**
 * The child process of a worker: runs one job, then ends. It has no connection of its own; everything it has to say
 * goes to its parent, and without a parent it stops at once.
 */
import { loadEngine } from '../../src/engine/load.ts';
import { leave } from '../../src/platform/process/leave.ts';
import { describeFailure, stackTraceOf } from '../failure.ts';
import type { Assignment, FromChild, ToChild } from '../messages.ts';
import { runJob } from './run-job.ts';

/** How often a run says that it goes on. */
const aliveMs = 1_000;

let stopRequest: 'continue' | 'stop' | 'stop-without-checkpoint' = 'continue';
let isFinal = false;

process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'warm':
      // A failure shows again, with a job to report it to, when the run needs what could not be loaded.
      loadEngine(message.engine.name, message.engine.threads).catch(() => {});
      if (message.diagnose) import('./diagnosis.ts').catch(() => {});
      break;
    case 'run':
      void run(message.assignment);
      break;
    case 'stop':
      stopRequest = message.keepWork ? 'stop' : 'stop-without-checkpoint';
      isFinal = message.isFinal;
      break;
  }
});
process.on('disconnect', () => leave(0));
// The parent may have died while this process was still loading.
if (!process.connected) leave(0);
// Ctrl-C and the end of a terminal reach the whole process group; it is the parent who decides when a run stops.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function run(assignment: Assignment): Promise<void> {
  let step: number | null = null;
  const trained = (last: number) => {
    step = last;
  };
  // A timer that has its turn shows that the run does not hang.
  const alive = setInterval(() => tell({ type: 'alive', step }), aliveMs);
  const ended: FromChild = await runJob(assignment, {
    tell,
    trained,
    stopRequest: () => stopRequest,
    isFinal: () => isFinal,
  }).then(
    (end) => ({ type: 'ended', ...end }),
    (error) => {
      const stack = stackTraceOf(error);
      if (stack) tell({ type: 'note', level: 'error', message: 'the run broke off', details: { stack } });
      return { type: 'ended', end: 'failed', error: describeFailure(error) };
    },
  );
  clearInterval(alive);
  // The parent ends this process then.
  tell(ended);
}

function tell(message: FromChild): void {
  // Without a parent there is nobody to tell, which `disconnect` says.
  process.send!(message, () => {});
}
