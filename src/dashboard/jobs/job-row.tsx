/**
 * A job in the list: what it is, how far it is, how its loss went, and what can be done with it.
 */
import type { Signal } from '@preact/signals';
import type { RefObject } from 'preact';
import type { RemoteJob } from '../../client/client.ts';
import { ago, clock, duration, natsText, percentText } from '../../text/figures.ts';
import { Icon } from '../parts/icons.tsx';
import { memo } from '../parts/memo.tsx';
import { now } from '../parts/now.ts';
import { Progress, Status } from '../parts/status.tsx';
import { href } from '../routing.ts';
import { act, actionNames, allowedActions, originOf, titleOf } from './actions.ts';
import { select } from './selection.ts';
import { Sparkline } from './sparkline.tsx';

interface JobRowProps {
  job: RemoteJob;
  index: number;
  isSelected: boolean;
  isActive: boolean;
  /** The list that it stands in, and which of its rows takes the focus. */
  list: RefObject<readonly RemoteJob[]>;
  active: Signal<number>;
}

export const JobRow = memo(Row);

function Row({ job, index, isSelected, isActive, list, active }: JobRowProps) {
  const title = titleOf(job);
  return (
    <div
      class={`job-row ${isSelected ? 'is-selected' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      tabIndex={isActive ? 0 : -1}
      data-row={index}
      onFocus={() => {
        active.value = index;
      }}
    >
      <span role="gridcell" class="cell-select">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={`Select ${title}`}
          onClick={(event) => select(job.id, list.current ?? [], event.shiftKey)}
        />
      </span>
      <span role="gridcell" class="cell-name">
        <a href={href(['jobs', job.id])} tabIndex={-1}>
          {title}
        </a>
        <span class="soft small-text">{originOf(job)}</span>
      </span>
      <span role="gridcell" class="cell-status">
        <Status job={job} />
        <Progress job={job} />
      </span>
      <span role="gridcell" class="cell-curve">
        <Sparkline job={job} />
        <span class="number">{natsText(job.loss)}</span>
      </span>
      <span role="gridcell" class="cell-accuracy number">
        {percentText(job.accuracy)}
      </span>
      <span role="gridcell" class="cell-engine">
        {job.engine?.name ?? job.spec?.engine ?? '–'}
      </span>
      <span role="gridcell" class="cell-duration number">
        <Trained job={job} />
      </span>
      <span role="gridcell" class="cell-created" title={clock(job.createdAt)}>
        <Ago time={job.createdAt} />
      </span>
      <span role="gridcell" class="cell-actions">
        {allowedActions([job]).map((action) => (
          <button
            key={action}
            type="button"
            class="icon-button"
            tabIndex={-1}
            aria-label={`${actionNames[action]} ${title}`}
            title={actionNames[action]}
            onClick={() => void act(action, [job])}
          >
            <Icon name={action} />
          </button>
        ))}
      </span>
    </div>
  );
}

/** What changes with the time alone is drawn by itself. */
function Ago({ time }: { time: string }) {
  return <>{ago(time, now.value)}</>;
}

function Trained({ job }: { job: RemoteJob }) {
  return <>{duration(secondsOf(job, job.status === 'running' ? now.value : 0))}</>;
}

/** How long it has been trained; what it waited, and what its diagnosis took, is no part of that. */
export function secondsOf(job: RemoteJob, now: number): number | null {
  if (job.startedAt === null) return null;
  // Runs say now and then how long they took; a first run that goes on is known to the moment.
  const isFirstRun = job.status === 'running' && job.attempt === 1;
  if (!isFirstRun) return job.trainedSeconds;
  return Math.max(0, (now - Date.parse(job.startedAt)) / 1000 - (job.diagnosedSeconds ?? 0));
}
