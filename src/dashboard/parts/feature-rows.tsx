/**
 * Steps of several features in a table: a row for each feature, a cell for each step, darker where the value is higher
 * within the range of the feature.
 */
import { countText, short } from '../../text/figures.ts';

export interface FeatureRange {
  name?: string | null;
  min: number | null;
  max: number | null;
}

type Values = readonly (number | null)[];

interface FeatureRowsProps {
  /** [T][I] */
  steps: readonly Values[];
  /** By feature; without any, the range is that of the steps themselves. */
  features: readonly FeatureRange[];
}

/** Features that have a row; of more, the first. */
const mostFeatures = 12;

export function FeatureRows({ steps, features }: FeatureRowsProps) {
  const width = steps[0]?.length ?? 0;
  const shown = Array.from({ length: Math.min(width, mostFeatures) }, (_, i) => i);
  return (
    <>
      {shown.map((i) => {
        const name = nameOfFeature(features[i], i);
        const [low, high] = rangeOf(steps, features[i], i);
        return (
          <tr key={i} class="feature-row">
            <th scope="row" title={name}>
              {name}
            </th>
            {steps.map((values, t) => (
              <td
                key={t}
                class="value-cell"
                style={{ '--share': shareOf(values[i], low, high).toFixed(3) }}
                title={`step ${t + 1}, ${name}: ${textOf(values[i])}`}
              >
                {textOf(values[i])}
              </td>
            ))}
          </tr>
        );
      })}
      {width > mostFeatures && (
        <tr class="feature-row">
          <th scope="row">…</th>
          <td class="more-features" colSpan={steps.length}>
            and {countText(width - mostFeatures)} more features
          </td>
        </tr>
      )}
    </>
  );
}

export function nameOfFeature(feature: FeatureRange | undefined, index: number): string {
  return feature?.name ?? `feature ${index}`;
}

function rangeOf(steps: readonly Values[], feature: FeatureRange | undefined, index: number): [number, number] {
  const { min, max } = feature ?? {};
  if (min !== null && min !== undefined && max !== null && max !== undefined) return [min, max];
  const values = steps.flatMap((step) => step[index] ?? []);
  return [Math.min(...values), Math.max(...values)];
}

function shareOf(value: number | null | undefined, low: number, high: number): number {
  if (value === null || value === undefined || high <= low) return 0;
  return Math.max(0, Math.min(1, (value - low) / (high - low)));
}

function textOf(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : short(Number(value.toPrecision(3)));
}
