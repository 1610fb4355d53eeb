/**
 * The log of a process: JSON lines, or coloured text where a person is watching. It goes to stderr; stdout belongs to results.
 */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

/** At the level `info`, until the settings are read. */
export function createLogger(process_: string): Logger {
  const options = { level: 'info', base: { process: process_ } };
  if (!process.stderr.isTTY) return pino(options, pino.destination({ fd: 2, sync: true }));
  return pino(
    options,
    pretty({ destination: 2, sync: true, ignore: 'pid,hostname,process', messageFormat: '{process}: {msg}' }),
  );
}
