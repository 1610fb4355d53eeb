/**
 * The process of a command: scripts/lookback.mjs loads it when the clone is set up.
 */
import { exitCodes } from './exit-codes.ts';
import { reasonNotToWrite } from './failures.ts';
import { runCommandLine } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads the result may have seen enough, as `head` does.
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`Standard output cannot be written: ${reasonNotToWrite(error)}.\n`);
  process.exit(exitCodes.usage);
});

process.exitCode = await runCommandLine(process.argv.slice(2), process);
