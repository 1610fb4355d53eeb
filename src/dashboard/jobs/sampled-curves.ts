/**
 * Curves of jobs in a list: read from pages of their event logs when they are first shown, and continued by the stream
 * of all jobs. Of a long log, pages here and there are enough.
 */
import { type Signal, signal } from '@preact/signals';
import type { RemoteEvent, RemoteJob } from '../../client/client.ts';
import { Curve } from '../charts/curve.ts';
import { onJobEvent } from '../live/job-list.ts';
import { client } from '../service.ts';

/** Its value counts the changes. */
export interface SampledCurve {
  curve: Curve;
  revision: Signal<number>;
  /** Pages that were read at most. */
  pages: number;
}

const pageLength = 100;
/** Readings at once: a browser has six connections to a service, and streams need two. */
const mostReadings = 2;
/** Curves that wait; when more are asked for, the oldest were scrolled past. */
const mostWaiting = 60;
/** While the page scrolls its time is for that. */
const restMs = 120;
/** Curves that are kept; the oldest go. */
const mostCurves = 500;

const curves = new Map<string, SampledCurve>();
const waiting: { job: RemoteJob; made: SampledCurve }[] = [];
let readings = 0;
let scrolledAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

window.addEventListener(
  'scroll',
  () => {
    scrolledAt = performance.now();
  },
  { passive: true },
);

onJobEvent((type, job, data) => {
  const known = curves.get(job);
  if (!known || (type !== 'progress' && type !== 'evaluation')) return;
  known.curve.add({ id: 0, type, data } as unknown as RemoteEvent);
  known.revision.value++;
});

/** @param pages of its log that are read at most. */
export function sampledCurve(job: RemoteJob, pages: number): SampledCurve {
  const known = curves.get(job.id);
  if (known && known.pages >= pages) return known;
  const made = { curve: new Curve(), revision: signal(0), pages };
  curves.set(job.id, made);
  if (curves.size > mostCurves) curves.delete(curves.keys().next().value!);
  waiting.push({ job, made });
  // It is read when it is shown again.
  if (waiting.length > mostWaiting) curves.delete(waiting.shift()!.job.id);
  readNext();
  return made;
}

function readNext(): void {
  if (readings >= mostReadings || waiting.length === 0) return;
  const pauseMs = scrolledAt + restMs - performance.now();
  if (pauseMs > 0) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (let i = 0; i < mostReadings; i++) readNext();
    }, pauseMs);
    return;
  }
  // The latest first: it is what is looked at.
  const { job, made } = waiting.pop()!;
  readings++;
  void read(job, made).finally(() => {
    readings--;
    readNext();
  });
}

async function read(job: RemoteJob, { curve, revision, pages }: SampledCurve): Promise<void> {
  const stride = Math.max(pageLength, Math.ceil(eventsOf(job) / pages));
  const found: RemoteEvent[] = [];
  try {
    for (let page = 0; page < pages; page++) {
      const { data, nextCursor } = await client.eventPage(job.id, { after: page * stride, limit: pageLength });
      found.push(...(data as unknown as RemoteEvent[]));
      if (nextCursor === null) break;
    }
  } catch {
    // The line stays empty; it is read again when the job is shown again.
    curves.delete(job.id);
    return;
  }
  // What the stream brought meanwhile comes after it.
  const { training, heldOut } = curve;
  const live = { training: copyOf(training), heldOut: copyOf(heldOut) };
  training.steps.length = training.losses.length = heldOut.steps.length = heldOut.losses.length = 0;
  for (const event of found) curve.add(event);
  for (const [target, points] of [
    [training, live.training],
    [heldOut, live.heldOut],
  ] as const) {
    for (const [i, step] of points.steps.entries()) {
      if (step <= (target.steps.at(-1) ?? -1)) continue;
      target.steps.push(step);
      target.losses.push(points.losses[i]);
    }
  }
  revision.value++;
}

function copyOf({ steps, losses }: { steps: number[]; losses: number[] }) {
  return { steps: [...steps], losses: [...losses] };
}

/** About how many events its log has. */
function eventsOf({ step, spec }: RemoteJob): number {
  if (spec === null) return 1;
  const { reportEvery, checkpointEvery, evaluateEvery } = spec.training;
  return step / reportEvery + step / checkpointEvery + (evaluateEvery ? step / evaluateEvery : 0) + 10;
}
