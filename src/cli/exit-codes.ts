/**
 * What the exit code of a command says.
 */
export const exitCodes = {
  done: 0,
  /** A job failed or was cancelled, or the service refused for what is there: nothing found, a state that does not allow it. */
  failed: 1,
  /** The command line, a file or a spec is not valid; or what it names, or standard output, cannot be written. */
  usage: 2,
  /** The service cannot be reached, or cannot do its work for the moment. */
  away: 3,
  /** Ctrl-C, as shells count it. */
  interrupted: 130,
} as const;
