/**
 * What is drawn on the canvas of a curve besides its lines: baselines across the field with their names, and marks of
 * what happened. Sizes are in pixels of the style; a canvas has more on fine screens.
 */
import type uPlot from 'uplot';
import { natsText } from '../format.ts';
import type { Baseline } from './baselines.ts';
import { colour } from './colours.ts';
import type { Mark } from './curve.ts';

/** Names of lines that would lie on each other are moved apart by so much. */
const labelHeight = 13;

/** Lines across, under the curves. */
export function drawBaselines(u: uPlot, baselines: readonly Baseline[], isLog: boolean): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { kind, y } of placed(u, baselines, isLog)) {
    ctx.strokeStyle = colour(`baseline-${kind}`);
    ctx.setLineDash(kind === 'floor' ? [] : [5 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

/** Their names, over the curves, on a ground that keeps them readable. */
export function drawBaselineNames(u: uPlot, baselines: readonly Baseline[], isLog: boolean): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px ${colour('font')}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4 * ratio;
  ctx.strokeStyle = colour('raised');
  let above = Number.NEGATIVE_INFINITY;
  for (const { label, nats, kind, y } of placed(u, baselines, isLog)) {
    const bottom = Math.max(y - 2 * ratio, above + labelHeight * ratio, bbox.top + labelHeight * ratio);
    above = bottom;
    const text = `${label} · ${natsText(nats)}`;
    const right = bbox.left + bbox.width - 6 * ratio;
    ctx.strokeText(text, right, bottom);
    ctx.fillStyle = colour(`baseline-${kind}-text`);
    ctx.fillText(text, right, bottom);
  }
  ctx.restore();
}

/** Those within the field, from the top down, with their height. */
function placed(u: uPlot, baselines: readonly Baseline[], isLog: boolean): (Baseline & { y: number })[] {
  const { top, height } = u.bbox;
  return (
    baselines
      .toSorted((a, b) => b.nats - a.nats)
      // Zero has no place on a logarithmic axis: its line is the bottom of the field.
      .map((line) => ({ ...line, y: isLog && line.nats <= 0 ? top + height : u.valToPos(line.nats, 'y', true) }))
      .filter(({ y }) => y >= top - 1 && y <= top + height + 1)
  );
}

export function drawMarks(u: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  for (const { step, kind } of marks) {
    const x = u.valToPos(step, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    if (kind === 'checkpoint') {
      ctx.fillStyle = colour('mark-checkpoint');
      ctx.beginPath();
      ctx.moveTo(x, bottom - 7 * ratio);
      ctx.lineTo(x - 4 * ratio, bottom);
      ctx.lineTo(x + 4 * ratio, bottom);
      ctx.fill();
      continue;
    }
    ctx.strokeStyle = colour(kind === 'best' ? 'curve-2' : 'mark-status');
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bottom);
    ctx.stroke();
  }
  ctx.restore();
}
