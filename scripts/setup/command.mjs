/**
 * How a script of the setup ends when something is missing: with one line and the exit code 1, without a stack.
 */
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @param {() => Promise<void>} work
 */
export async function runCommand(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
