/**
 * What is drawn on the canvas of a curve besides its lines: baselines across the field with their names, and marks of
 * what happened. Sizes are in pixels of the style; a canvas has more on fine screens.
 */
import type uPlot from 'uplot';
import { natsText } from '../../text/figures.ts';
import type { Baseline } from './baselines.ts';
import { colour } from './colours.ts';
import type { Mark } from './curve.ts';
import { spread } from './spread.ts';

/** Names of lines keep this distance, from base line to base line. */
const labelHeight = 14;
const fontSize = 11;
/** From a line's end to its name, in the margin. */
const leaderWidth = 16;
/** Of the chart: narrower ones have no margin for names. */
const leastWidthWithMargin = 640;
const usualMargin = 20;
/** Marks of checkpoints that are nearer than this are one. */
const markDistance = 7;
const markHeight = 7;

/** The space to the right of the field: the names of lines stand there, where the chart is wide enough. */
export function nameMargin(baselines: readonly Baseline[], width: number): number {
  if (width < leastWidthWithMargin || baselines.length === 0) return usualMargin;
  const context = document.createElement('canvas').getContext('2d')!;
  context.font = `${fontSize}px ${colour('font')}`;
  return Math.max(...baselines.map((line) => context.measureText(nameOf(line)).width)) + leaderWidth + 4;
}

function nameOf({ label, nats }: Baseline): string {
  return `${label} · ${natsText(nats)}`;
}

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

/** Their names: beside the field, led to their lines, or, on a narrow chart, above them on a ground that is readable. */
export function drawBaselineNames(u: uPlot, baselines: readonly Baseline[], isLog: boolean): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  const lines = placed(u, baselines, isLog);
  const isBeside = u.width >= leastWidthWithMargin;
  const right = bbox.left + bbox.width;
  const bottom = bbox.top + bbox.height;
  ctx.save();
  ctx.font = `${fontSize * ratio}px ${colour('font')}`;
  // Within the field they stand above their lines, and those at the bottom above the marks as well.
  const above = (y: number) => y - (labelHeight / 2 + (y > bottom - markHeight * ratio ? markHeight : 1)) * ratio;
  const wanted = lines.map(({ y }) => (isBeside ? y : above(y)));
  const lowest = bbox.top + (isBeside ? 0 : (labelHeight / 2) * ratio);
  const places = spread(wanted, labelHeight * ratio, lowest, bottom);
  ctx.textBaseline = 'middle';
  ctx.textAlign = isBeside ? 'left' : 'right';
  for (const [i, line] of lines.entries()) {
    if (isBeside) {
      ctx.lineWidth = ratio;
      ctx.strokeStyle = colour(`baseline-${line.kind}`);
      ctx.beginPath();
      ctx.moveTo(right, line.y);
      ctx.lineTo(right + (leaderWidth - 5) * ratio, places[i]);
      ctx.stroke();
    } else {
      const width = ctx.measureText(nameOf(line)).width + 8 * ratio;
      ctx.globalAlpha = 0.88;
      ctx.fillStyle = colour('raised');
      ctx.fillRect(right - width - 2 * ratio, places[i] - (fontSize / 2 + 1) * ratio, width, (fontSize + 1) * ratio);
      ctx.globalAlpha = 1;
    }
    ctx.fillStyle = colour(`baseline-${line.kind}-text`);
    ctx.fillText(nameOf(line), isBeside ? right + leaderWidth * ratio : right - 6 * ratio, places[i]);
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
  let lastCheckpoint = Number.NEGATIVE_INFINITY;
  ctx.save();
  for (const { step, kind } of marks) {
    const x = u.valToPos(step, 'x', true);
    if (x < bbox.left - 1 || x > bbox.left + bbox.width + 1) continue;
    if (kind === 'checkpoint') {
      if (x - lastCheckpoint < markDistance * ratio) continue;
      lastCheckpoint = x;
      ctx.fillStyle = colour('mark-checkpoint');
      ctx.beginPath();
      ctx.moveTo(x, bottom - markHeight * ratio);
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
