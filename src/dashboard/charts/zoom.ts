/**
 * Zoom of a curve without a pointer: by buttons, and by keys on the field of the chart.
 */
import type uPlot from 'uplot';

/** Makes the range of steps that is shown so many times as long, about the crosshair or the middle. */
export function zoomBy(u: uPlot, factor: number): void {
  const [steps] = u.data;
  if (steps.length < 2) return;
  const { min, max } = u.scales.x as { min: number; max: number };
  const at = u.cursor.idx;
  const centre = at !== null && at !== undefined && steps[at] >= min && steps[at] <= max ? steps[at] : (min + max) / 2;
  const [first, last] = [steps[0], steps[steps.length - 1]];
  const from = Math.max(first, centre - (centre - min) * factor);
  const to = Math.min(last, centre + (max - centre) * factor);
  if (to > from) u.setScale('x', { min: from, max: to });
}

function showAll(u: uPlot): void {
  const [steps] = u.data;
  if (steps.length > 0) u.setScale('x', { min: steps[0], max: steps[steps.length - 1] });
}

/** Arrows move the crosshair from point to point, `+` and `-` zoom, `0` shows all. */
export function moveByKey(u: uPlot, event: KeyboardEvent): void {
  const [steps] = u.data;
  const at = u.cursor.idx ?? -1;
  const far = Math.max(1, Math.round(steps.length / 20));
  const moves: Record<string, () => void> = {
    ArrowLeft: () => moveTo(u, at - (event.shiftKey ? far : 1)),
    ArrowRight: () => moveTo(u, at + (event.shiftKey ? far : 1)),
    Home: () => moveTo(u, 0),
    End: () => moveTo(u, steps.length - 1),
    '+': () => zoomBy(u, 0.5),
    '-': () => zoomBy(u, 2),
    '0': () => showAll(u),
  };
  const move = moves[event.key];
  if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  move();
}

function moveTo(u: uPlot, index: number): void {
  const [steps, ...columns] = u.data;
  if (steps.length === 0) return;
  const at = Math.min(steps.length - 1, Math.max(0, index));
  const value = columns.map((column) => column[at]).find((one) => one !== null && one !== undefined) ?? 0;
  u.setCursor({ left: u.valToPos(steps[at], 'x'), top: u.valToPos(value, 'y') });
}
