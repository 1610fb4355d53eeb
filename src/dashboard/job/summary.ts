/**
 * A curve in a sentence, for those who cannot see it.
 */

import { natsText } from '../../text/figures.ts';
import type { Curve, Points } from '../charts/curve.ts';

export function curveSummary({ training, heldOut, doctor }: Curve): string {
  const parts = [describe('Training loss', training), describe('Held-out loss', heldOut)].filter(Boolean);
  const present = doctor?.entropies[1];
  if (present) parts.push(`The present alone allows ${natsText(present.nats)}.`);
  return parts.join(' ') || 'No loss was reported yet.';
}

function describe(name: string, { steps, losses }: Points): string {
  if (steps.length === 0) return '';
  const last = `${natsText(losses.at(-1))} at step ${steps.at(-1)}`;
  return steps.length === 1
    ? `${name}: ${last}.`
    : `${name}: from ${natsText(losses[0])} at step ${steps[0]} to ${last}.`;
}
