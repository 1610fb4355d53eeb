/** What the compiler has to know of hang-up.mjs. */
export function ignoresHangUp(environment?: NodeJS.ProcessEnv): boolean;
