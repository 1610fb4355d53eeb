/**
 * Curves of losses over steps, drawn by uPlot: baselines as lines across, events as marks, a crosshair that reads the
 * values out, zoom by pointer and keyboard.
 */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { countText, natsText } from '../../text/figures.ts';
import { theme } from '../theme.ts';
import type { Baseline } from './baselines.ts';
import { colour } from './colours.ts';
import type { Mark, Points } from './curve.ts';
import { drawBaselineNames, drawBaselines, drawMarks, nameMargin } from './drawing.ts';
import { moveByKey, zoomBy } from './zoom.ts';

export interface CurveSeries {
  label: string;
  /** A variable of the styles. */
  colour: string;
  points: Points;
  /** Points are marked, as where they are few. */
  hasDots?: boolean;
}

export interface CurveChartProps {
  /** For those who cannot see it. */
  summary: string;
  series: readonly CurveSeries[];
  baselines?: readonly Baseline[];
  marks?: readonly Mark[];
  /** Changes whenever points were added. */
  revision: unknown;
  height?: number;
}

interface Shown {
  baselines: readonly Baseline[];
  marks: readonly Mark[];
  isLog: boolean;
}

export function CurveChart(props: CurveChartProps) {
  const { summary, series, baselines = [], marks = [], revision, height = 300 } = props;
  const holder = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const isLog = useSignal(false);
  const readout = useSignal('');
  const shown = useRef<Shown>({ baselines, marks, isLog: isLog.value });
  shown.current = { baselines, marks, isLog: isLog.value };
  const names = series.map(({ label }) => label).join('\n');
  const lineNames = baselines.map(({ label, nats }) => `${label} ${nats}`).join('\n');

  useEffect(() => {
    const element = holder.current!;
    const read = (u: uPlot) => {
      readout.value = readoutOf(u, shown.current);
    };
    const made = new uPlot(optionsOf(series, shown, read, element.clientWidth, height), dataOf(series), element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
    // The names of the lines decide on the margin.
  }, [names, lineNames, isLog.value, theme.value, height]);

  useEffect(() => {
    const u = chart.current;
    if (!u) return;
    const { min, max } = u.scales.x;
    const [steps] = u.data;
    const isZoomed = min != null && max != null && (min > steps[0] || max < steps[steps.length - 1]);
    u.setData(dataOf(series), !isZoomed);
    if (isZoomed) u.redraw();
  }, [revision, marks.length]);

  return (
    <figure class="chart">
      <div class="chart-tools">
        <ul class="legend">
          {series.map(({ label, colour: name }) => (
            <li key={label}>
              <span class="swatch" style={{ background: `var(--${name})` }} />
              {label}
            </li>
          ))}
        </ul>
        <div class="button-row">
          <button
            type="button"
            class="button small"
            aria-pressed={isLog.value}
            onClick={() => {
              isLog.value = !isLog.value;
            }}
          >
            Log axis
          </button>
          <button type="button" class="button small" onClick={() => zoomBy(chart.current!, 0.5)}>
            Zoom in
          </button>
          <button type="button" class="button small" onClick={() => zoomBy(chart.current!, 2)}>
            Zoom out
          </button>
        </div>
      </div>
      <div
        class="chart-field"
        ref={holder}
        role="img"
        aria-label={summary}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its crosshair is moved by the arrow keys
        tabIndex={0}
        onKeyDown={(event) => moveByKey(chart.current!, event)}
      />
      <figcaption class="chart-readout">
        {readout.value || 'Drag to zoom, double-click to see all; arrow keys move the crosshair.'}
      </figcaption>
    </figure>
  );
}

/** The steps of all series in one column, as uPlot wants them; copies, since points are added to the curves meanwhile. */
function dataOf(series: readonly CurveSeries[]): uPlot.AlignedData {
  const tables = series.map(({ points }) => [points.steps.slice(), points.losses.slice()] as uPlot.AlignedData);
  return tables.length === 1 ? tables[0] : uPlot.join(tables);
}

function optionsOf(
  series: readonly CurveSeries[],
  shown: { current: Shown },
  onCursor: (u: uPlot) => void,
  width: number,
  height: number,
): uPlot.Options {
  const { isLog } = shown.current;
  const axis = {
    stroke: colour('text-soft'),
    grid: { stroke: colour('line-soft'), width: 1 },
    ticks: { stroke: colour('line'), width: 1 },
  };
  const font = `11px ${colour('font')}`;
  return {
    width: Math.max(width, 100),
    height,
    legend: { show: false },
    padding: [null, (u) => nameMargin(shown.current.baselines, u.width), null, null],
    cursor: { drag: { x: true, y: false, setScale: true }, points: { size: 7 } },
    scales: {
      x: { time: false },
      y: { distr: isLog ? 3 : 1, range: (_u, _min, max) => rangeOf(series, shown.current, max) },
    },
    axes: [
      { ...axis, font, size: 34 },
      {
        ...axis,
        font,
        size: 54,
        values: (_u, values) => values.map((value) => (value === null ? '' : axisLabel(value, isLog))),
      },
    ],
    series: [
      {},
      ...series.map(({ label, colour: name, hasDots }) => ({
        label,
        stroke: colour(name),
        width: 1.75,
        spanGaps: true,
        points: { show: hasDots ?? false, size: 5, fill: colour(name) },
      })),
    ],
    hooks: {
      drawAxes: [(u) => drawBaselines(u, shown.current.baselines, shown.current.isLog)],
      draw: [
        (u) => drawMarks(u, shown.current.marks),
        (u) => drawBaselineNames(u, shown.current.baselines, shown.current.isLog),
      ],
      setCursor: [onCursor],
    },
  };
}

function axisLabel(value: number, isLog: boolean): string {
  return isLog && Math.log10(value) % 1 !== 0 ? '' : Number(value.toPrecision(3)).toString();
}

/** From zero, or over whole decades; the baselines are within. */
function rangeOf(series: readonly CurveSeries[], { baselines, isLog }: Shown, max: number | null): [number, number] {
  const top = Math.max(max ?? 0, ...baselines.map(({ nats: value }) => value), 1e-6);
  if (!isLog) return [0, top * 1.06];
  let lowest = top;
  for (const { points } of series) for (const loss of points.losses) if (loss > 0 && loss < lowest) lowest = loss;
  for (const { nats: value } of baselines) if (value > 0 && value < lowest) lowest = value;
  return [10 ** Math.floor(Math.log10(Math.max(lowest, 1e-9))), 10 ** Math.ceil(Math.log10(top * 1.0001))];
}

function readoutOf(u: uPlot, { marks }: Shown): string {
  const at = u.cursor.idx;
  if (at === null || at === undefined) return '';
  const step = u.data[0][at];
  const values = u.series.slice(1).flatMap(({ label }, i) => {
    const value = u.data[i + 1][at];
    return value === null || value === undefined ? [] : [`${label} ${natsText(value)}`];
  });
  const happened = marks.filter((mark) => mark.step === step).map(({ label }) => label);
  return [`step ${countText(step)}`, ...values, ...new Set(happened)].join(' · ');
}
