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

/** Watches until it is stopped; `stop` returns the longest time in milliseconds that the loop did not come round. */
export function watchLoop(): { stop(): number } {
  let longest = 0;
  let last = threadTime();
  const look = () => {
    const now = threadTime();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  return {
    stop() {
      clearInterval(timer);
      look();
      return longest;
    },
  };
}
