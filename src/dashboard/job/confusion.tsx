/**
 * The confusion matrix: a row for each label, a column for each prediction; of many classes, those with most steps.
 */

import { countText, percentText } from '../../text/figures.ts';
import { Scroll } from '../parts/scroll.tsx';

const mostClasses = 12;
/** Of more classes the matrix needs the width of two cards. */
export const mostClassesOfACard = 6;

export function Confusion({ counts, names }: { counts: readonly (readonly number[])[]; names: readonly string[] }) {
  const totals = counts.map((row) => row.reduce((sum, value) => sum + value, 0));
  const shown = totals
    .map((total, index) => ({ total, index }))
    .sort((a, b) => b.total - a.total)
    .slice(0, mostClasses)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
  return (
    <Scroll label="Confusion matrix">
      <table class="confusion">
        <caption class="visually-hidden">Steps by label and prediction</caption>
        <thead>
          <tr>
            <td class="corner">label ╲ predicted</td>
            {shown.map((index) => (
              <th key={index} scope="col">
                {names[index]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((label) => (
            <tr key={label}>
              <th scope="row">{names[label]}</th>
              {shown.map((prediction) => {
                const share = totals[label] > 0 ? counts[label][prediction] / totals[label] : 0;
                return (
                  <td
                    key={prediction}
                    class={`heat ${label === prediction ? 'is-right' : 'is-wrong'} ${share > 0.55 ? 'is-strong' : ''} ${counts[label][prediction] === 0 ? 'is-none' : ''}`}
                    style={{ '--share': share.toFixed(3) }}
                    title={`${percentText(share)} of the steps with label ${names[label]} are taken for ${names[prediction]}`}
                  >
                    {countText(counts[label][prediction])}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {counts.length > mostClasses && (
        <p class="soft small-text">
          The {mostClasses} classes with most steps, of {countText(counts.length)}.
        </p>
      )}
    </Scroll>
  );
}
