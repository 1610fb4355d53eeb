/**
 * Accuracy by place in the row: where a model has little past, it shows at the left.
 */
import type { PositionScore } from '../../diagnosis/report/report-schema.ts';
import { percentText } from '../../text/figures.ts';

const width = 320;
const height = 120;
const left = 34;
const bottom = 18;

export function PositionCurve({ scores }: { scores: readonly PositionScore[] }) {
  const last = Math.max(1, scores[scores.length - 1].position);
  const x = (position: number) => left + (position / last) * (width - left - 6);
  const y = (accuracy: number) => 6 + (1 - accuracy) * (height - bottom - 6);
  const path = scores.map(({ position, accuracy }) => `${x(position).toFixed(1)} ${y(accuracy).toFixed(1)}`).join('L');
  const worst = scores.reduce((least, score) => (score.accuracy < least.accuracy ? score : least));
  return (
    <>
      <svg
        class="plot"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Accuracy by position: at least ${percentText(worst.accuracy)}, at position ${worst.position}.`}
      >
        {[0, 0.5, 1].map((accuracy) => (
          <g key={accuracy}>
            <line class="plot-grid" x1={left} x2={width - 6} y1={y(accuracy)} y2={y(accuracy)} />
            <text class="plot-text" x={left - 5} y={y(accuracy) + 3} text-anchor="end">
              {accuracy * 100} %
            </text>
          </g>
        ))}
        {scores.length > 1 ? (
          <path class="plot-line" d={`M${path}`} />
        ) : (
          <circle class="plot-dot" cx={x(scores[0].position)} cy={y(scores[0].accuracy)} r={3} />
        )}
        <text class="plot-text" x={left} y={height - 4}>
          position 0
        </text>
        <text class="plot-text" x={width - 6} y={height - 4} text-anchor="end">
          {scores[scores.length - 1].position}
        </text>
      </svg>
      <p class="soft small-text">
        Lowest: {percentText(worst.accuracy)} at position {worst.position}.
      </p>
    </>
  );
}
