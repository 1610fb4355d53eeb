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

export function drawBaselines(u: uPlot, baselines: readonly Baseline[], isLog: boolean): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px ${colour('font')}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.lineWidth = ratio;
  let above = Number.NEGATIVE_INFINITY;
  for (const { label, nats: value, kind } of [...baselines].sort((a, b) => b.nats - a.nats)) {
    // Zero has no place on a logarithmic axis: its line is the bottom of the field.
    const y = isLog && value <= 0 ? bbox.top + bbox.height : u.valToPos(value, 'y', true);
    if (y < bbox.top - 1 || y > bbox.top + bbox.height + 1) continue;
    ctx.strokeStyle = colour(`baseline-${kind}`);
    ctx.setLineDash(kind === 'floor' ? [] : [5 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const baseline = Math.max(y - 2 * ratio, above + labelHeight * ratio, bbox.top + labelHeight * ratio);
    above = baseline;
    ctx.fillStyle = colour(`baseline-${kind}-text`);
    ctx.fillText(`${label} · ${natsText(value)}`, bbox.left + bbox.width - 4 * ratio, baseline);
  }
  ctx.restore();
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
