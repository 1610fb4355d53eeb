/**
 * Entropy of the labels by how many values are known, as a staircase: each step down is what looking one value further
 * back is worth.
 */
import type { DepthEntropy } from '../../diagnosis/doctor/doctor-schema.ts';
import { natsText, percentText } from '../../text/figures.ts';
import { useMedia } from '../parts/media.ts';

const widths = { wide: 560, narrow: 320 };
const height = 220;
const margin = { top: 14, right: 10, bottom: 36, left: 44 };

interface StaircaseProps {
  entropies: readonly DepthEntropy[];
  /** Counting does not see the values as they are: what can be known may be more. */
  isBound: boolean;
}

export function Staircase({ entropies, isBound }: StaircaseProps) {
  // Drawn for the width that it has, so that its text keeps its size.
  const width = useMedia('(max-width: 760px)') ? widths.narrow : widths.wide;
  if (entropies.length === 0) return <p class="soft">There are no labels to be explained.</p>;
  const top = Math.max(entropies[0].nats, 1e-9);
  const step = (width - margin.left - margin.right) / entropies.length;
  const y = (value: number) => margin.top + (1 - value / top) * (height - margin.top - margin.bottom);
  const bottom = height - margin.bottom;
  const path = entropies
    .map(({ nats: value }, i) => `${i === 0 ? 'M' : 'L'}${margin.left + i * step} ${y(value)}h${step}`)
    .join('');
  return (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summaryOf(entropies)}>
      {[0, top / 2, top].map((value) => (
        <g key={value}>
          <line class="plot-grid" x1={margin.left} x2={width - margin.right} y1={y(value)} y2={y(value)} />
          <text class="plot-text" x={margin.left - 6} y={y(value) + 4} text-anchor="end">
            {value === 0 ? '0' : value.toFixed(2)}
          </text>
        </g>
      ))}
      <path class="plot-area" d={`${path}V${bottom}H${margin.left}Z`} />
      <path class="plot-line" d={path} />
      {entropies.map(({ depth, nats: value, bestAccuracy }, i) => (
        <g key={depth}>
          <title>{`${depthInWords(depth)}: ${isBound ? 'at most ' : ''}${natsText(value)} nats, accuracy ${percentText(bestAccuracy)}`}</title>
          <rect class="plot-hit" x={margin.left + i * step} y={margin.top} width={step} height={bottom - margin.top} />
          {step > 26 && (
            <text
              class="plot-text is-strong"
              x={margin.left + (i + 0.5) * step}
              y={y(value) < bottom - 20 ? y(value) + 13 : y(value) - 5}
              text-anchor="middle"
            >
              {value.toFixed(step > 40 ? 3 : 2)}
            </text>
          )}
          <text class="plot-text" x={margin.left + (i + 0.5) * step} y={bottom + 14} text-anchor="middle">
            {depth}
          </text>
        </g>
      ))}
      <text class="plot-text" x={margin.left} y={height - 6}>
        values known, the present one included
      </text>
    </svg>
  );
}

function summaryOf(entropies: readonly DepthEntropy[]): string {
  const parts = entropies.map(({ depth, nats: value }) => `${depthInWords(depth)} ${natsText(value)}`);
  return `Entropy of the labels in nats: ${parts.join('; ')}.`;
}

function depthInWords(depth: number): string {
  if (depth === 0) return 'nothing known';
  return depth === 1 ? 'the present value' : `the present and ${depth - 1} past`;
}
