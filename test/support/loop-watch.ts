/**
 * How long the event loop of this thread is held at a time. Counted in processor time of the thread where the system
 * tells it (Linux), so that a busy machine does not count.
 */
import { readFileSync } from 'node:fs';

/** Milliseconds that this thread has been computing. */
function threadTime(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

/** How the loop was held meanwhile. */
export interface Holds {
  /** The longest time in milliseconds that the loop did not come round. */
  longestMs: number;
  /** What 99 of 100 requests that came at any moment had to wait at most, before the loop came round to them. */
  p99WaitMs: number;
}

/** Watches until it is stopped. */
export function watchLoop(): { stop(): Holds } {
  const holds: number[] = [];
  const start = performance.now();
  let last = threadTime();
  const look = () => {
    const now = threadTime();
    holds.push(now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return {
    stop() {
      clearInterval(timer);
      look();
      return { longestMs: Math.max(...holds), p99WaitMs: waitOf(holds, performance.now() - start) };
    },
  };
}

/**
 * Who comes at a random moment of a hold of L ms waits for more than h ms with probability (L - h) / L: the share of all
 * moments at which one waits longer than h is the sum of what holds exceed it by. @returns the h at which that is 1 %.
 */
function waitOf(holds: readonly number[], totalMs: number): number {
  const exceeds = (h: number) => holds.reduce((sum, hold) => sum + Math.max(0, hold - h), 0) > totalMs / 100;
  let h = 0;
  while (exceeds(h)) h += 0.1;
  return h;
}
