/**
 * Whether the probabilities of a model mean what they say: how often it is right, by how sure it is. On the diagonal both
 * are the same.
 */
import type { CalibrationBin, Report } from '../../diagnosis/report/report-schema.ts';
import { countedText, percentText } from '../../text/figures.ts';

const size = 180;
const margin = 30;

export function CalibrationPlot({ report: { calibrationError, calibration } }: { report: Report }) {
  return (
    <>
      {calibration && calibration.length > 0 && <Plot bins={calibration} />}
      <p class="soft small-text">
        Off by <strong>{percentText(calibrationError)}</strong> on average (expected calibration error over 15 bins of
        confidence). Larger dots stand for more steps.
      </p>
    </>
  );
}

function Plot({ bins }: { bins: readonly CalibrationBin[] }) {
  const most = Math.max(...bins.map(({ steps }) => steps));
  const x = (share: number) => margin + share * (size - margin - 8);
  const y = (share: number) => size - margin - share * (size - margin - 8);
  const summary = bins.map(
    ({ confidence, accuracy }) => `sure to ${percentText(confidence)}, right ${percentText(accuracy)}`,
  );
  return (
    <svg
      class="plot is-square"
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={`Calibration: ${summary.join('; ')}.`}
    >
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <line class="plot-grid" x1={x(0)} x2={x(1)} y1={y(share)} y2={y(share)} />
          <text class="plot-text" x={margin - 4} y={y(share) + 3} text-anchor="end">
            {share * 100}
          </text>
          <text class="plot-text" x={x(share)} y={size - margin + 12} text-anchor="middle">
            {share * 100}
          </text>
        </g>
      ))}
      <line class="plot-diagonal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      {bins.map(({ confidence, accuracy, steps }) => (
        <circle
          key={confidence}
          class="plot-dot"
          cx={x(confidence)}
          cy={y(accuracy)}
          r={2 + 5 * Math.sqrt(steps / most)}
        >
          <title>{`sure to ${percentText(confidence)}, right in ${percentText(accuracy)} of ${countedText(steps, 'step')}`}</title>
        </circle>
      ))}
      <text class="plot-text" x={x(0.5)} y={size - 4} text-anchor="middle">
        confidence, %
      </text>
      <text class="plot-text" x={9} y={y(0.5)} text-anchor="middle" transform={`rotate(-90 9 ${y(0.5)})`}>
        right, %
      </text>
    </svg>
  );
}
