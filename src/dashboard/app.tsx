/**
 * The frame of every view: where one is, whether the service is there, and the view of the address.
 */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { DataPage } from './data/data-page.tsx';
import { DatasetPage } from './data/dataset-page.tsx';
import { JobDetails } from './job/job-page.tsx';
import { ComparePage } from './jobs/compare-page.tsx';
import { JobsPage } from './jobs/jobs-page.tsx';
import { connection } from './live/connection.ts';
import { ConfirmDialog } from './parts/confirm.tsx';
import { Icon } from './parts/icons.tsx';
import { Empty } from './parts/page-parts.tsx';
import { Toasts } from './parts/toasts.tsx';
import { href, type Route, route } from './routing.ts';
import { base } from './service.ts';
import { NewJobPage } from './spec/new-job-page.tsx';
import { theme, toggleTheme } from './theme.ts';
import { TourPage } from './tour/tour-page.tsx';
import { TryPage } from './try/try-page.tsx';

interface View {
  title: string;
  /** The entry of the navigation that it belongs to. */
  section: string;
  content: ComponentChildren;
}

const sections = [
  { name: 'jobs', title: 'Jobs' },
  { name: 'try', title: 'Try it' },
  { name: 'data', title: 'Data' },
];

function viewOf({ path: [name = 'jobs', id] }: Route): View {
  if (name === 'jobs' && id) return { title: 'Job', section: 'jobs', content: <JobDetails key={id} id={id} /> };
  if (name === 'jobs') return { title: 'Jobs', section: 'jobs', content: <JobsPage /> };
  if (name === 'compare') return { title: 'Comparison', section: 'jobs', content: <ComparePage /> };
  if (name === 'new') return { title: 'New job', section: 'jobs', content: <NewJobPage /> };
  if (name === 'tour') return { title: 'A first look', section: 'jobs', content: <TourPage /> };
  if (name === 'try') return { title: 'Try it', section: 'try', content: <TryPage key={id} id={id} /> };
  if (name === 'data' && id) return { title: 'Dataset', section: 'data', content: <DatasetPage key={id} id={id} /> };
  if (name === 'data') return { title: 'Data', section: 'data', content: <DataPage /> };
  return { title: 'Not found', section: '', content: <NotFound /> };
}

export function App() {
  const { title, section, content } = viewOf(route.value);
  useEffect(() => {
    document.title = `${title} · Lookback`;
  }, [title]);
  return (
    <>
      <a class="skip-link" href="#main" onClick={focusMain}>
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href={href(['jobs'])}>
          <Mark /> Lookback
        </a>
        <nav aria-label="Views">
          {sections.map(({ name, title: label }) => (
            <a key={name} href={href([name])} aria-current={section === name ? 'page' : undefined}>
              {label}
            </a>
          ))}
          <a href={`${base}/docs`}>API</a>
        </nav>
        <span class="push button-row">
          <ConnectionState />
          <button
            type="button"
            class="icon-button"
            aria-label={theme.value === 'dark' ? 'Light colours' : 'Dark colours'}
            onClick={toggleTheme}
          >
            <Icon name={theme.value === 'dark' ? 'sun' : 'moon'} />
          </button>
        </span>
      </header>
      <AwayBanner />
      <main id="main" tabIndex={-1}>
        {content}
      </main>
      <Toasts />
      <ConfirmDialog />
    </>
  );
}

/** The address behind `#` is the view's: it stays as it is. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function ConnectionState() {
  const { state } = connection.value;
  const words = { connecting: 'connecting', live: 'live', away: 'no answer' }[state];
  return (
    <span class={`connection is-${state}`} role="status">
      <span class="connection-dot" aria-hidden="true" />
      {words}
    </span>
  );
}

function AwayBanner() {
  const found = connection.value;
  if (found.state !== 'away') return null;
  return (
    <p class="away-banner" role="alert">
      {found.message}
    </p>
  );
}

function NotFound() {
  return (
    <Empty title="There is no such page" isPage>
      <a class="button" href={href(['jobs'])}>
        All jobs
      </a>
    </Empty>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="7" />
      <path class="mark-line" d="M7 10c4 0 4 12 9 12h9" />
      <path class="mark-arrow" d="M25 10h-8m0 0 3.5-3.5M17 10l3.5 3.5" />
    </svg>
  );
}
