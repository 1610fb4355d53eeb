/**
 * The training loss of a job as a small line; the figure beside it says the same.
 */
import type { RemoteJob } from '../../client/client.ts';
import { sampledCurve } from './sampled-curves.ts';

const width = 96;
const height = 24;
const pages = 4;
const mostPoints = 60;

export function Sparkline({ job }: { job: RemoteJob }) {
  const isStarted = job.step > 0;
  return isStarted ? <Line job={job} /> : <svg class="sparkline" width={width} height={height} aria-hidden="true" />;
}

function Line({ job }: { job: RemoteJob }) {
  const { curve, revision } = sampledCurve(job, pages);
  // Read, so that it is drawn again when points come.
  void revision.value;
  const { steps, losses } = curve.training;
  return (
    <svg class="sparkline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {steps.length > 1 && <path d={pathOf(steps, losses)} />}
    </svg>
  );
}

function pathOf(steps: readonly number[], losses: readonly number[]): string {
  const every = Math.max(1, Math.ceil(steps.length / mostPoints));
  const top = losses.reduce((most, loss) => Math.max(most, loss), 0) || 1;
  const last = steps[steps.length - 1];
  const first = steps[0];
  const at = (i: number) => {
    const x = 1 + ((steps[i] - first) / (last - first || 1)) * (width - 2);
    const y = height - 2 - (losses[i] / top) * (height - 4);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  const shown = steps.flatMap((_, i) => (i % every === 0 || i === steps.length - 1 ? [at(i)] : []));
  return `M${shown.join('L')}`;
}
