/**
 * Sequences as strips: a column for each step, its input above, its label below in the colour of its class.
 */

import type { PreviewSequence } from '../../data/datasets/stored/preview-schema.ts';
import { countedText, short } from '../../text/figures.ts';
import { type FeatureRange, FeatureRows } from '../parts/feature-rows.tsx';
import { Scroll } from '../parts/scroll.tsx';

interface PreviewProps {
  sequences: readonly PreviewSequence[];
  names: readonly (string | number)[];
  features: readonly FeatureRange[];
}

/** Steps of a sequence that are drawn. */
const mostSteps = 80;
/** Colours that the styles have for classes; more classes share them. */
const colours = 8;

export function Preview({ sequences, names, features }: PreviewProps) {
  return (
    <ol class="preview">
      {sequences.map((sequence, i) => (
        <li key={i}>
          <Strip sequence={sequence} names={names} features={features} number={i + 1} />
        </li>
      ))}
    </ol>
  );
}

function Strip({
  sequence: { length, x, y },
  names,
  features,
  number,
}: Omit<PreviewProps, 'sequences'> & { sequence: PreviewSequence; number: number }) {
  const shown = x.slice(0, mostSteps);
  const labels = Array.isArray(y) ? y : undefined;
  const hasFeatures = shown.every((value) => Array.isArray(value));
  return (
    <>
      <p class="soft small-text">
        {countedText(length, 'step')}
        {!labels && (
          <>
            , labelled <strong>{String(y)}</strong>
          </>
        )}
        {length > shown.length && `, of which the first ${shown.length} are shown`}
      </p>
      <Scroll label={`Sequence ${number}`}>
        <table class="strip">
          <tbody>
            {hasFeatures ? (
              <FeatureRows steps={shown as (number | null)[][]} features={features} />
            ) : (
              <tr>
                <th scope="row">input</th>
                {shown.map((value, t) => (
                  <td key={t} title={`step ${t + 1}: ${value ?? 'missing'}`}>
                    {inShort(value)}
                  </td>
                ))}
              </tr>
            )}
            {labels && (
              <tr>
                <th scope="row">label</th>
                {shown.map((_, t) => (
                  <td key={t} class={classOf(labels[t], names)}>
                    {labels[t] ?? '·'}
                  </td>
                ))}
              </tr>
            )}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function classOf(label: string | number | null | undefined, names: PreviewProps['names']): string {
  if (label === null || label === undefined) return 'soft';
  return `class-colour-${(names.indexOf(label) % colours) + 1}`;
}

function inShort(value: PreviewSequence['x'][number]): string {
  return typeof value === 'number' ? short(value) : String(value ?? '–');
}
