/**
 * A list that scrolls with the page and draws only the rows that are in sight, so that its length costs nothing.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface VirtualRowsProps<Item> {
  items: readonly Item[];
  rowHeight: number;
  keyOf: (item: Item) => string;
  /** A row that stays drawn wherever the page is scrolled to, as it has the focus. */
  kept?: number;
  children: (item: Item, index: number) => ComponentChildren;
}

/** Rows beyond the edges of the window, so that scrolling finds them there. */
const spare = 8;

export function VirtualRows<Item>({ items, rowHeight, keyOf, kept, children }: VirtualRowsProps<Item>) {
  const holder = useRef<HTMLDivElement>(null);
  const range = useSignal('0 40');

  useEffect(() => {
    const measure = () => {
      const top = holder.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / rowHeight) - spare);
      const last = Math.ceil((window.innerHeight - top) / rowHeight) + spare;
      // In steps, so that few scroll events change what is drawn.
      range.value = `${first - (first % 4)} ${last + 4 - (last % 4)}`;
    };
    measure();
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [rowHeight]);

  const [first, last] = range.value.split(' ').map(Number);
  const shown = items.slice(first, last).map((item, i) => ({ item, index: first + i }));
  if (kept !== undefined && items[kept] && (kept < first || kept >= last))
    shown.push({ item: items[kept], index: kept });
  return (
    <div ref={holder} class="virtual-rows" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
      {shown.map(({ item, index }) => (
        <div
          key={keyOf(item)}
          class="virtual-row"
          role="presentation"
          style={{ transform: `translateY(${index * rowHeight}px)` }}
        >
          {children(item, index)}
        </div>
      ))}
    </div>
  );
}
