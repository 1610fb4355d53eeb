/**
 * What the setup shows while it works: plain lines on standard error, so that standard output belongs to the program that runs afterwards.
 */

/** @param {string} text */
export function say(text) {
  process.stderr.write(`setup  ${text}\n`);
}

/** Whether child programs may draw their own progress bars. */
export const isInteractive = process.stderr.isTTY === true;

/**
 * Announces a piece of work, does it, and says how long it took, or how long until it failed.
 *
 * @template T
 * @param {string} announcement As in "compiling the binding with g++".
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function stage(announcement, work) {
  say(`${announcement} ...`);
  const start = performance.now();
  const time = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    const result = await work();
    say(hasFailed(result) ? `${announcement}: failed after ${time()}` : `${announcement}: ${time()}`);
    return result;
  } catch (error) {
    say(`${announcement}: failed after ${time()}`);
    throw error;
  }
}

/**
 * Whether the work was a program that ended with another exit code than 0.
 *
 * @param {unknown} result
 */
function hasFailed(result) {
  return typeof result === 'object' && result !== null && 'exitCode' in result && result.exitCode !== 0;
}
