/**
 * How every process of Lookback ends: the first signal drains, the second exits, and a deadline ends it in any case.
 */
import closeWithGrace from 'close-with-grace';
import type { Logger } from './logger.ts';

/** Stops the process by `close` when a signal comes, an error is not caught, or the parent that started it is gone. */
export function closeOnSignal(close: () => Promise<void>, logger: Logger, deadlineMs: number): void {
  const grace = closeWithGrace({ delay: deadlineMs, logger }, async ({ err, signal }) => {
    if (err) logger.error({ err }, 'an error was not caught');
    else logger.info({ signal }, 'stopping');
    await close();
  });
  if (process.send) process.once('disconnect', () => grace.close());
}
