/**
 * The status of a job in a word and a colour, with its progress while it has some.
 */
import type { RemoteJob } from '../../client/client.ts';

export function Status({ job }: { job: Pick<RemoteJob, 'status' | 'waitingFor'> }) {
  const isWaiting = job.waitingFor && job.waitingFor.reason !== 'queue';
  return (
    <span class={`status is-${job.status}`} title={job.waitingFor?.message}>
      {job.status}
      {isWaiting && <span class="visually-hidden">: {job.waitingFor?.message}</span>}
    </span>
  );
}

export function Progress({ job }: { job: Pick<RemoteJob, 'step' | 'steps' | 'status'> }) {
  const share = job.steps > 0 ? Math.min(1, job.step / job.steps) : 0;
  const percent = Math.floor(share * 100);
  return (
    <span
      class={`progress is-${job.status}`}
      role="progressbar"
      aria-label="Steps trained"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span class="progress-bar" style={{ width: `${share * 100}%` }} />
    </span>
  );
}
