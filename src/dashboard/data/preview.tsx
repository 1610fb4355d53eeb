/**
 * Sequences as strips: a column for each step, its input above, its label below in the colour of its class.
 */

import type { PreviewSequence } from '../../data/datasets/stored/preview-schema.ts';
import { countedText, short } from '../format.ts';
import { Scroll } from '../parts/scroll.tsx';

interface PreviewProps {
  sequences: readonly PreviewSequence[];
  names: readonly (string | number)[];
}

/** Steps of a sequence that are drawn. */
const mostSteps = 80;
/** Colours that the styles have for classes; more classes share them. */
const colours = 8;

export function Preview({ sequences, names }: PreviewProps) {
  return (
    <ol class="preview">
      {sequences.map((sequence, i) => (
        <li key={i}>
          <Strip sequence={sequence} names={names} number={i + 1} />
        </li>
      ))}
    </ol>
  );
}

function Strip({
  sequence: { length, x, y },
  names,
  number,
}: {
  sequence: PreviewSequence;
  names: PreviewProps['names'];
  number: number;
}) {
  const shown = x.slice(0, mostSteps);
  const labels = Array.isArray(y) ? y : undefined;
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
            <tr>
              <th scope="row">input</th>
              {shown.map((value, t) => (
                <td key={t} title={`step ${t + 1}: ${inWords(value)}`}>
                  {inShort(value)}
                </td>
              ))}
            </tr>
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

type Input = PreviewSequence['x'][number];

function inWords(value: Input): string {
  return Array.isArray(value) ? value.map((one) => one ?? '–').join(', ') : String(value ?? 'missing');
}

function inShort(value: Input): string {
  if (value === null) return '–';
  if (typeof value === 'number') return short(value);
  return typeof value === 'string' ? value : '⋮';
}
