/**
 * How a script of the setup ends when something is missing, or an argument is wrong: with one line and the exit code 1,
 * without a stack.
 */
import { ignoresHangUp } from '../../src/platform/process/hang-up.mjs';
import { say } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @param {() => Promise<void>} work
 * @param {string} [usage] What is said with an argument that is wrong.
 */
export async function runCommand(work, usage) {
  // Node takes back what nohup has set: without a listener a closed terminal would end it.
  if (ignoresHangUp()) process.on('SIGHUP', () => {});
  try {
    await work();
  } catch (error) {
    const message = messageOf(error);
    if (message === undefined) throw error;
    say(usage !== undefined && !(error instanceof SetupError) ? `${message} ${usage}` : message);
    process.exitCode = 1;
  }
}

/**
 * What to say of a mistake of the user; undefined: it is none.
 *
 * @param {unknown} error
 */
function messageOf(error) {
  if (error instanceof SetupError) return error.message;
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('ERR_PARSE_ARGS')) return;
  // parseArgs goes on with advice on arguments that begin with a dash.
  return `${error.message.split('. ')[0].replace(/\.$/, '')}.`;
}
