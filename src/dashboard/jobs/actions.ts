/**
 * What can be done with jobs: each verb where the state of a job allows it, with a way back or a question before.
 */
import type { RemoteJob } from '../../client/client.ts';
import { type Verb, verbTransitions } from '../../jobs/decisions/verbs.ts';
import { countedText } from '../../text/figures.ts';
import { wordsOf } from '../live/connection.ts';
import { noteJob, noteRemoved, refreshSoon } from '../live/job-list.ts';
import { confirmed } from '../parts/confirm.tsx';
import { toast } from '../parts/toasts.tsx';
import { client } from '../service.ts';

export type Action = Verb | 'remove';

/** Names of the actions, in the order in which they are offered. */
export const actionNames: Record<Action, string> = {
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  retry: 'Retry',
  remove: 'Delete',
};

/** In the past tense, for what was done. */
const done: Record<Verb, string> = { pause: 'Paused', resume: 'Resumed', cancel: 'Cancelled', retry: 'Started again' };

/** What takes a verb back. */
const opposites: Partial<Record<Verb, Verb>> = { pause: 'resume', cancel: 'retry', resume: 'pause', retry: 'cancel' };

/** The task of a job, or what it was imported from. */
export function originOf({ spec, imported }: Pick<RemoteJob, 'spec' | 'imported'>): string {
  return spec?.task.type ?? (imported ? `imported, ${imported.format}` : '');
}

export function isAllowed(action: Action, job: RemoteJob): boolean {
  return action === 'remove' || verbTransitions[action][job.status] !== undefined;
}

export function allowedActions(jobs: readonly RemoteJob[]): Action[] {
  return (Object.keys(actionNames) as Action[]).filter((action) => jobs.some((job) => isAllowed(action, job)));
}

/** Acts on those of the jobs that allow it, and says what became of it. */
export async function act(action: Action, jobs: readonly RemoteJob[]): Promise<void> {
  const meant = jobs.filter((job) => isAllowed(action, job));
  if (meant.length === 0) return;
  if (action === 'remove') return removeJobs(meant);
  const asked = await settle(meant, async ({ id }) => noteAsked(await client[action](id)));
  if (asked.length === 0) return;
  const opposite = opposites[action];
  toast(`${done[action]}: ${nameOf(asked)}.`, { undo: opposite && (() => void askAgain(opposite, asked)) });
}

/** What a verb led to may have changed again before its answer came. */
function noteAsked(job: RemoteJob): void {
  noteJob(job);
  refreshSoon(job.id);
}

/** Takes a verb back. A job that is still stopping is asked again when it has stopped. */
async function askAgain(verb: Verb, jobs: readonly RemoteJob[]): Promise<void> {
  await settle(jobs, async ({ id }) => {
    for (let tries = 0; ; tries++) {
      const job = await client.job(id);
      if (isAllowed(verb, job)) return noteAsked(await client[verb](id));
      if (tries === 20 || !['pausing', 'cancelling'].includes(job.status)) {
        throw new Error(`The job is ${job.status}: this cannot be taken back any more.`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });
}

async function removeJobs(jobs: readonly RemoteJob[]): Promise<void> {
  const which = jobs.length === 1 ? 'Its' : `${nameOf(jobs)}:`;
  const text = `${which} record, events, checkpoints and report are deleted. This cannot be undone.`;
  const title = jobs.length === 1 ? `Delete ${titleOf(jobs[0])}?` : `Delete ${countedText(jobs.length, 'job')}?`;
  if (!(await confirmed(title, text, 'Delete'))) return;
  const removed = await settle(jobs, async ({ id }) => {
    await client.remove(id);
    noteRemoved(id);
  });
  if (removed.length > 0) toast(`Deleted: ${nameOf(removed)}.`);
}

/** Does it for all; what fails is said once. Those of which it did not fail. */
async function settle(jobs: readonly RemoteJob[], ask: (job: RemoteJob) => Promise<void>): Promise<RemoteJob[]> {
  const outcomes = await Promise.allSettled(jobs.map(ask));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  if (failed.length > 0) {
    const others = failed.length > 1 ? ` (and ${countedText(failed.length - 1, 'other')})` : '';
    toast(`${wordsOf(failed[0].reason)}${others}`, { isError: true });
  }
  return jobs.filter((_, i) => outcomes[i].status === 'fulfilled');
}

function nameOf(jobs: readonly RemoteJob[]): string {
  const [first] = jobs;
  return jobs.length === 1 ? titleOf(first) : `${titleOf(first)} and ${countedText(jobs.length - 1, 'other')}`;
}

/** The name of a job, or what stands for it. */
export function titleOf({ name, id }: Pick<RemoteJob, 'name' | 'id'>): string {
  return name ?? `job ${id.slice(-6)}`;
}
