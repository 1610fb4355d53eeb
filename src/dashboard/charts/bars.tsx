/**
 * Horizontal bars with their names and figures: a list that reads the same without its pictures.
 */
import { useSignal } from '@preact/signals';
import { countText } from '../../text/figures.ts';

interface Bar {
  name: string;
  value: number;
  text: string;
  detail?: string;
}

interface BarsProps {
  label: string;
  bars: readonly Bar[];
  /** The value of a full bar. */
  top: number;
}

/** Bars that are shown before somebody asks for all. */
const shownAtOnce = 16;

export function Bars({ label, bars, top }: BarsProps) {
  const isWhole = useSignal(bars.length <= shownAtOnce);
  const shown = isWhole.value ? bars : bars.slice(0, shownAtOnce);
  return (
    <>
      <ul class="bars" aria-label={label}>
        {shown.map(({ name, value, text, detail }, i) => (
          <li key={`${name} ${i}`} title={detail}>
            <span class="bar-name">{name}</span>
            <span class="bar-track" aria-hidden="true">
              <span class="bar" style={{ width: `${Math.max(0, Math.min(1, value / (top || 1))) * 100}%` }} />
            </span>
            <span class="number">{text}</span>
          </li>
        ))}
      </ul>
      {!isWhole.value && (
        <button
          type="button"
          class="button small"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          Show all {countText(bars.length)}
        </button>
      )}
    </>
  );
}
