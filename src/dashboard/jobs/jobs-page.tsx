/**
 * The list of jobs: live, filtered, searched, steered by mouse or keyboard; what is selected can be compared.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { countedText, countText } from '../../text/figures.ts';
import { hasOlder, jobs, listState, readOlder } from '../live/job-list.ts';
import { Icon } from '../parts/icons.tsx';
import { useMedia } from '../parts/media.ts';
import { Empty, Loading } from '../parts/page-parts.tsx';
import { go, href, route, setQuery } from '../routing.ts';
import { FirstVisit } from '../tour/first-visit.tsx';
import { act, actionNames, allowedActions } from './actions.ts';
import { countByStatus, filtered, filterOf } from './filter.ts';
import { JobRow } from './job-row.tsx';
import { clearSelection, select, selected } from './selection.ts';
import { VirtualRows } from './virtual-rows.tsx';

const columns = ['', 'Job', 'Status', 'Loss', 'Accuracy', 'Engine', 'Time', 'Created', ''];
const columnNames = ['Select', 'Job', 'Status', 'Loss', 'Accuracy', 'Engine', 'Time', 'Created', 'Actions'];
const rowHeights = { wide: 46, narrow: 92 };

export function JobsPage() {
  if (listState.value === 'loading') return <Loading what="the jobs" />;
  if (jobs.value.length === 0) return <FirstVisit />;
  return <JobList />;
}

function JobList() {
  const filter = filterOf(route.value.query);
  const shown = filtered(jobs.value, filter);
  const active = useSignal(0);
  const list = useRef(shown);
  list.current = shown;
  const search = useRef<HTMLInputElement>(null);
  const isNarrow = useMedia('(max-width: 760px)');
  const chosen = jobs.value.filter(({ id }) => selected.value.has(id));

  const focusRow = (index: number) => {
    active.value = Math.max(0, Math.min(shown.length - 1, index));
    requestAnimationFrame(() => {
      const row = document.querySelector<HTMLElement>(`[data-row="${active.value}"]`);
      row?.focus({ preventScroll: true });
      row?.scrollIntoView({ block: 'nearest' });
    });
  };

  const onKey = (event: KeyboardEvent) => {
    const job = shown[active.value];
    const isOnRow = (event.target as HTMLElement).role === 'row';
    if (!isOnRow || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys: Record<string, () => void> = {
      ArrowDown: () => focusRow(active.value + 1),
      j: () => focusRow(active.value + 1),
      ArrowUp: () => focusRow(active.value - 1),
      k: () => focusRow(active.value - 1),
      PageDown: () => focusRow(active.value + 10),
      PageUp: () => focusRow(active.value - 10),
      Home: () => focusRow(0),
      End: () => focusRow(shown.length - 1),
      Enter: () => job && go(['jobs', job.id]),
      ' ': () => job && select(job.id, shown, event.shiftKey),
      x: () => job && select(job.id, shown, event.shiftKey),
      Escape: clearSelection,
      Delete: () => job && void act('remove', chosen.length > 0 ? chosen : [job]),
    };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };

  useEffect(() => {
    const onSlash = (event: KeyboardEvent) => {
      if (event.key !== '/' || /^(INPUT|TEXTAREA|SELECT)$/.test((event.target as HTMLElement).tagName)) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener('keydown', onSlash);
    return () => document.removeEventListener('keydown', onSlash);
  }, []);

  return (
    <>
      <div class="page-head">
        <h1>Jobs</h1>
        <span class="soft">
          {countedText(jobs.value.length, 'job')}
          {hasOlder.value && ', and older ones'}
        </span>
        <a class="button primary push" href={href(['new'])}>
          <Icon name="plus" /> New job
        </a>
      </div>
      <div class="toolbar">
        <label class="search">
          <Icon name="search" />
          <span class="visually-hidden">Search by name, id, task or engine</span>
          <input
            ref={search}
            type="search"
            placeholder={`Search by name, id, task or engine${isNarrow ? '' : ' ( / )'}`}
            value={filter.search}
            onInput={({ currentTarget }) => setQuery({ search: currentTarget.value })}
          />
        </label>
        <fieldset class="chips">
          <legend class="visually-hidden">Status</legend>
          {countByStatus(jobs.value).map(([status, number]) => (
            <button
              key={status}
              type="button"
              class="chip"
              aria-pressed={filter.status === status}
              onClick={() => setQuery({ status: filter.status === status ? undefined : status })}
            >
              {status} <span class="soft">{countText(number)}</span>
            </button>
          ))}
        </fieldset>
      </div>
      {chosen.length > 0 && (
        <div class="selection-bar">
          <strong>{countedText(chosen.length, 'job')} selected</strong>
          <a
            class={`button small ${chosen.length < 2 ? 'is-disabled' : ''}`}
            href={href(['compare'], { jobs: chosen.map(({ id }) => id).join(',') })}
          >
            <Icon name="compare" /> Compare
          </a>
          {allowedActions(chosen).map((action) => (
            <button key={action} type="button" class="button small" onClick={() => void act(action, chosen)}>
              <Icon name={action} /> {actionNames[action]}
            </button>
          ))}
          <button type="button" class="button small plain" onClick={clearSelection}>
            Clear
          </button>
        </div>
      )}
      {shown.length === 0 ? (
        <Empty title="No job fits">
          <button type="button" class="button" onClick={() => setQuery({ search: undefined, status: undefined })}>
            Show all jobs
          </button>
        </Empty>
      ) : (
        <div
          class="job-grid"
          role="grid"
          aria-label="Jobs, newest first"
          aria-rowcount={shown.length + 1}
          aria-multiselectable="true"
          onKeyDown={onKey}
        >
          <div class="job-row job-head" role="row" aria-rowindex={1}>
            {columns.map((name, i) => (
              <span key={columnNames[i]} role="columnheader">
                {name || <span class="visually-hidden">{columnNames[i]}</span>}
              </span>
            ))}
          </div>
          <VirtualRows
            items={shown}
            rowHeight={isNarrow ? rowHeights.narrow : rowHeights.wide}
            keyOf={({ id }) => id}
            kept={active.value}
          >
            {(job, index) => (
              <JobRow
                job={job}
                index={index}
                isSelected={selected.value.has(job.id)}
                isActive={index === Math.min(active.value, shown.length - 1)}
                list={list}
                active={active}
              />
            )}
          </VirtualRows>
        </div>
      )}
      {hasOlder.value && (
        <p class="centred">
          <button type="button" class="button" onClick={() => void readOlder()}>
            Read older jobs
          </button>
        </p>
      )}
    </>
  );
}
