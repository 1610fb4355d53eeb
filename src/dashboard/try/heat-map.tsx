/**
 * The probabilities of each step as a table of colours: a row for each class, a column for each step. The step under the
 * cursor shows, in the row of inputs, how much each step before it moves it.
 */

import { natsText, percentText } from '../../text/figures.ts';
import { type FeatureRange, FeatureRows } from '../parts/feature-rows.tsx';
import { Scroll } from '../parts/scroll.tsx';
import type { Influences } from './influence.ts';
import { missing, type Step } from './sequence-input.ts';

interface HeatMapProps {
  steps: readonly Step[];
  probabilities: readonly (readonly number[])[];
  classes: readonly number[];
  names: readonly string[];
  features: readonly FeatureRange[];
  influences?: Influences;
  chosen: number;
  onChoose: (step: number) => void;
}

/** Classes that are shown, by their highest probability anywhere. */
const mostClasses = 16;

export function HeatMap({
  steps,
  probabilities,
  classes,
  names,
  features,
  influences,
  chosen,
  onChoose,
}: HeatMapProps) {
  const shown = shownClasses(probabilities);
  const hasFeatures = steps.every((step) => typeof step === 'object');
  const moved = steps.map((_, s) => (s <= chosen ? (influences?.[s]?.[chosen] ?? 0) : 0));
  const most = Math.max(...moved, 1e-9);
  return (
    <Scroll label="Probabilities of each step">
      <table class="heat-map">
        <caption class="visually-hidden">Probability of each class at each step</caption>
        <thead>
          <tr>
            <th scope="row">{hasFeatures ? 'step' : 'input'}</th>
            {steps.map((step, t) => (
              <th
                key={t}
                scope="col"
                class={t === chosen ? 'is-chosen' : ''}
                style={{ '--moved': (moved[t] / most).toFixed(3) }}
              >
                <button
                  type="button"
                  aria-pressed={t === chosen}
                  aria-label={`Step ${t + 1}, input ${inWords(step)}`}
                  title={`step ${t + 1}: ${inWords(step)}${influences?.[t] && t <= chosen ? `, moves step ${chosen + 1} by ${natsText(moved[t])} nats` : ''}`}
                  onClick={() => onChoose(t)}
                  onMouseEnter={() => onChoose(t)}
                  onFocus={() => onChoose(t)}
                >
                  {typeof step === 'object' ? t + 1 : inShort(step)}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        {hasFeatures && (
          <tbody>
            <FeatureRows steps={steps as readonly (readonly (number | null)[])[]} features={features} />
          </tbody>
        )}
        <tbody>
          {shown.map((index) => (
            <tr key={index}>
              <th scope="row">{names[index] ?? index}</th>
              {probabilities.map((row, t) => (
                <td
                  key={t}
                  class={`heat ${classes[t] === index ? 'is-best' : ''} ${t === chosen ? 'is-chosen' : ''} ${row[index] > 0.55 ? 'is-strong' : ''}`}
                  style={{ '--share': row[index].toFixed(3) }}
                  title={`step ${t + 1}, ${names[index] ?? `class ${index}`}: ${percentText(row[index])}`}
                  onMouseEnter={() => onChoose(t)}
                >
                  {Math.round(row[index] * 100)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function shownClasses(probabilities: readonly (readonly number[])[]): number[] {
  const count = probabilities[0]?.length ?? 0;
  const all = Array.from({ length: count }, (_, index) => index);
  if (count <= mostClasses) return all;
  const most = all.map((index) => Math.max(...probabilities.map((row) => row[index])));
  return all
    .sort((a, b) => most[b] - most[a])
    .slice(0, mostClasses)
    .sort((a, b) => a - b);
}

function inWords(step: Step): string {
  return typeof step === 'object' ? `[${step.map((value) => value ?? missing).join(', ')}]` : String(step);
}

function inShort(step: string | number): string {
  return typeof step === 'string' ? step.slice(0, 8) : String(Number(step.toPrecision(3)));
}
