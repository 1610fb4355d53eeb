/**
 * All jobs, kept up to date by one stream for all of them: the lists are read when the stream says so, and from there on
 * each event changes its job.
 */
import { signal } from '@preact/signals';
import { ApiError, type RemoteJob } from '../../client/client.ts';
import { base, client } from '../service.ts';
import { connection, noAnswer, wordsOf } from './connection.ts';
import { openEventStream } from './event-stream.ts';
import { soon } from './soon.ts';

/** Newest first. */
export const jobs = signal<readonly RemoteJob[]>([]);
/** Whether the lists were read; more: there are older jobs than those that were read. */
export const listState = signal<'loading' | 'ready'>('loading');
export const hasOlder = signal(false);

type Listener = (type: string, job: string, data: Record<string, unknown>) => void;

/** Jobs that are read by themselves; older ones when they are asked for. */
const readAtOnce = 2_000;
const pageLength = 100;
/** Jobs that changed, beyond which the lists are cheaper than each job. */
const refreshedOneByOne = 20;
const refreshMs = 150;
const publishMs = 100;
const retryMs = 2_000;
/** A stream says at once that the lists are to be read. */
const silenceMs = 1_500;

const known = new Map<string, RemoteJob>();
const stale = new Set<string>();
/** Jobs of which events came while the lists were being read: the list may be older than those. */
const changedMeanwhile = new Set<string>();
const listeners = new Set<Listener>();
let olderCursor: string | null = null;
let limit = readAtOnce;
let reading = 0;
let isRefreshing = false;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

export function startJobList(): void {
  openEventStream({
    url: () => `${base}/v1/events`,
    types: ['status', 'progress', 'checkpoint', 'evaluation', 'doctor', 'report', 'removed', 'reread'],
    // Where Redis is away, the stream is open and says nothing: a list that is asked for says why.
    onOpen: () => {
      clearTimeout(retryTimer);
      retryTimer = setTimeout(() => void readLists(), silenceMs);
    },
    onAway: () => {
      connection.value = { state: 'away', message: noAnswer };
    },
    onEvent: (type, data) => {
      if (type === 'reread') void readLists();
      else apply(type, data as { job: string });
    },
  });
}

/** Calls back with each event of each job; what is returned ends that. */
export function onJobEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A job as somebody has just seen it: after a request that changed it, or looked at it. */
export function noteJob(job: RemoteJob): void {
  known.set(job.id, job);
  publishSoon();
}

export function noteRemoved(id: string): void {
  if (known.delete(id)) publishSoon();
}

export async function readOlder(): Promise<void> {
  if (olderCursor === null) return;
  limit += readAtOnce;
  await readPages(++reading, olderCursor, readAtOnce, known);
  publishSoon();
}

function apply(type: string, { job: id, ...data }: { job: string } & Record<string, unknown>): void {
  for (const listener of listeners) listener(type, id, data);
  changedMeanwhile.add(id);
  if (type === 'removed') noteRemoved(id);
  const job = known.get(id);
  if (job && type === 'progress') noteJob({ ...job, ...(data as Partial<RemoteJob>) });
  if (type !== 'status') return;
  if (job) noteJob({ ...job, status: data.status as RemoteJob['status'] });
  refreshSoon(id);
}

/** Reads a job again, shortly: what is known of it may be older than what happened. */
export function refreshSoon(id: string): void {
  stale.add(id);
  refreshStale();
}

const refreshStale = soon(refreshMs, () => void refresh());

/** A change of status changes more than the event says: the engine, times, what a job waits for. */
async function refresh(): Promise<void> {
  // One after the other: an answer that was on its way for long must not replace a later one.
  if (isRefreshing) return refreshStale();
  isRefreshing = true;
  await readStale().finally(() => {
    isRefreshing = false;
  });
}

async function readStale(): Promise<void> {
  const ids = [...stale];
  stale.clear();
  if (ids.length > refreshedOneByOne) return readLists();
  // What fails is read with the lists, when the stream is there again.
  await Promise.all(ids.map((id) => client.job(id).then(noteJob, (error) => noteMissing(id, error))));
}

function noteMissing(id: string, error: unknown): void {
  if (error instanceof ApiError && error.status === 404) noteRemoved(id);
}

/** Reads the lists anew; what is shown stays until all is read. */
async function readLists(): Promise<void> {
  const turn = ++reading;
  clearTimeout(retryTimer);
  changedMeanwhile.clear();
  const found = known.size === 0 ? known : new Map<string, RemoteJob>();
  try {
    await readPages(turn, undefined, limit, found);
    if (turn !== reading) return;
    if (found !== known) {
      known.clear();
      for (const [id, job] of found) known.set(id, job);
    }
    for (const id of changedMeanwhile) refreshSoon(id);
    connection.value = { state: 'live' };
    listState.value = 'ready';
    publishSoon();
  } catch (error) {
    if (turn !== reading) return;
    connection.value = { state: 'away', message: wordsOf(error) };
    retryTimer = setTimeout(() => void readLists(), retryMs);
  }
}

async function readPages(turn: number, from: string | undefined, count: number, into: Map<string, RemoteJob>) {
  let cursor = from;
  for (let read = 0; read < count; read += pageLength) {
    const page = await client.jobs({ limit: pageLength, cursor });
    if (turn !== reading) return;
    for (const job of page.data) into.set(job.id, job);
    olderCursor = page.nextCursor;
    if (into === known) {
      listState.value = 'ready';
      publishSoon();
    }
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
}

/** Many events become one change of what is shown. */
const publishSoon = soon(publishMs, () => {
  // Ids grow with the time of submission.
  jobs.value = [...known.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  hasOlder.value = olderCursor !== null;
});
