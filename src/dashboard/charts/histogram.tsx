/**
 * How many there are of each kind, as columns.
 */
import { countText } from '../../text/figures.ts';

const width = 320;
const height = 120;
const bottom = 18;

interface HistogramProps {
  label: string;
  bins: readonly { name: string; count: number }[];
}

export function Histogram({ label, bins }: HistogramProps) {
  const most = Math.max(...bins.map(({ count: value }) => value), 1);
  const step = width / bins.length;
  return (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      {bins.map(({ name, count: value }, i) => {
        const tall = (value / most) * (height - bottom - 8);
        return (
          <g key={name}>
            <title>{`${name}: ${countText(value)}`}</title>
            <rect
              class="plot-bar"
              x={i * step + 1}
              y={height - bottom - tall}
              width={Math.min(step - 2, 60)}
              height={tall}
            />
          </g>
        );
      })}
      <line class="plot-grid" x1={0} x2={width} y1={height - bottom} y2={height - bottom} />
      <text class="plot-text" x={1} y={height - 4}>
        {bins[0]?.name}
      </text>
      {bins.length > 1 && (
        <text class="plot-text" x={width - 1} y={height - 4} text-anchor="end">
          {bins.at(-1)?.name}
        </text>
      )}
    </svg>
  );
}
