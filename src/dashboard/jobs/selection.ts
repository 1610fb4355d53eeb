/**
 * The jobs that are selected in the list.
 */
import { signal } from '@preact/signals';

export const selected = signal<ReadonlySet<string>>(new Set());

let last: string | undefined;

/** Selects a job, or no longer does; with a range, all from the one before to this one. */
export function select(id: string, shown: readonly { id: string }[], isRange: boolean): void {
  const next = new Set(selected.value);
  const from = isRange ? shown.findIndex((job) => job.id === last) : -1;
  const to = shown.findIndex((job) => job.id === id);
  if (from >= 0) for (const job of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(job.id);
  else if (!next.delete(id)) next.add(id);
  last = id;
  selected.value = next;
}

export function clearSelection(): void {
  selected.value = new Set();
}
