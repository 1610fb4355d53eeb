/**
 * Something that may be wider than the page: it scrolls by itself, also by the keys.
 */
import type { ComponentChildren } from 'preact';

interface ScrollProps {
  label: string;
  class?: string;
  children: ComponentChildren;
}

export function Scroll({ label, class: name = '', children }: ScrollProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys can scroll only what has the focus
    <section class={`scroll-x ${name}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
