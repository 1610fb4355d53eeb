/**
 * What pages are made of: cards, facts, and what is shown where there is nothing, or something went wrong.
 */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface CardProps {
  title: string;
  /** Beside the title. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Card({ title, aside, class: name = '', children }: CardProps) {
  const id = useId();
  return (
    <section class={`card ${name}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Facts({ facts }: { facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface EmptyProps {
  title: string;
  /** There is no other heading on the page. */
  isPage?: boolean;
  children?: ComponentChildren;
}

export function Empty({ title, isPage = false, children }: EmptyProps) {
  const Heading = isPage ? 'h1' : 'h2';
  return (
    <div class="empty">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

/** Of a part that could not be read. */
export function Failure({ message, onRetry }: { message: string; onRetry?: () => void }) {
  return (
    <div class="failure" role="alert">
      <p>{message}</p>
      {onRetry && (
        <button type="button" class="button small" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Reading {what} …
    </p>
  );
}

interface SkeletonProps {
  /** Bars that stand for what comes. */
  lines: number;
  /** What is waited for; absent: something beside it says so. */
  what?: string;
}

/** Holds the place of what is being read, so that nothing jumps when it is there. */
export function Skeleton({ lines, what }: SkeletonProps) {
  return (
    <div class="skeleton">
      {what && (
        <p class="soft" role="status">
          {what} …
        </p>
      )}
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class="skeleton-bar" aria-hidden="true" />
      ))}
    </div>
  );
}
