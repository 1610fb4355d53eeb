/**
 * Where a process begins: it loads what it is for only when it may open as many files as that takes, and says in one
 * line what keeps it from starting.
 */
import { LookbackError } from '../errors.ts';
import { createLogger, type Logger } from '../logger.ts';
import { leave } from './leave.ts';
import { requireOpenFiles } from './open-files.ts';

/** @param load brings what the process does. Where that cannot start, the exit code is 1. */
export async function runProcess(name: string, load: () => Promise<(logger: Logger) => Promise<void>>): Promise<void> {
  const logger = createLogger(name);
  try {
    requireOpenFiles();
    const run = await load();
    await run(logger);
  } catch (error) {
    logger.fatal(error instanceof LookbackError ? error.message : { err: error });
    leave(1);
  }
}
