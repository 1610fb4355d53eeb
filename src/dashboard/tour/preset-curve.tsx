/**
 * How the loss of a preset goes, as it was once trained: what one will see, before one asks for it.
 */

/** Losses in nats after 1, 120, 240 … 3,000 steps with seed 1. */
const losses: Record<string, readonly number[]> = {
  broken: [
    2.09, 1.38, 1.38, 1.37, 1.35, 1.28, 1.14, 0.88, 0.77, 0.74, 0.73, 0.72, 0.72, 0.71, 0.71, 0.69, 0.71, 0.7, 0.7, 0.7,
    0.7, 0.7, 0.7, 0.7, 0.7, 0.7,
  ],
  working: [
    2.21, 1.38, 1.37, 1.36, 1.31, 1.19, 0.82, 0.44, 0.24, 0.17, 0.13, 0.13, 0.08, 0.09, 0.08, 0.06, 0.08, 0.08, 0.05,
    0.08, 0.11, 0.07, 0.06, 0.07, 0.07, 0.06,
  ],
  lookback: [2.22, 0.07, 0.02, 0.01, ...Array<number>(22).fill(0)],
};
const summaries: Record<string, string> = {
  broken: 'Its loss falls to what the present alone allows, and stays there.',
  working: 'Its loss falls below what the present alone allows, and never quite to the bottom.',
  lookback: 'Its loss falls to the bottom almost at once.',
};

/** What the present alone allows: ln 2. */
const present = Math.LN2;
const top = 2.3;
const width = 260;
const height = 84;

export function PresetCurve({ preset }: { preset: string }) {
  const points = losses[preset];
  if (!points) return null;
  const x = (i: number) => 2 + (i / (points.length - 1)) * (width - 4);
  const y = (loss: number) => 4 + (1 - loss / top) * (height - 8);
  return (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summaries[preset]}>
      <line class="plot-grid" x1={0} x2={width} y1={y(0)} y2={y(0)} />
      <line class="plot-present" x1={0} x2={width} y1={y(present)} y2={y(present)} />
      <text class="plot-text is-present" x={width - 2} y={y(present) - 5} text-anchor="end">
        the present alone
      </text>
      <path class="plot-line" d={`M${points.map((loss, i) => `${x(i).toFixed(1)} ${y(loss).toFixed(1)}`).join('L')}`} />
    </svg>
  );
}
