/**
 * The process of a command: scripts/lookback.mjs loads it when the clone is set up.
 */
import { runCommandLine } from './program.ts';

// Whoever reads the result may have seen enough, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(process.argv.slice(2), process);
