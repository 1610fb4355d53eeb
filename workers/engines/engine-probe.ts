/**
 * A short-lived process of a worker: loads the engine that its argument names once, says whether it could, and ends.
 * The worker itself never holds it.
 */
import { loadEngine } from '../../src/engine/load.ts';
import type { EngineName } from '../../src/engine/registry.ts';

/** null: it was loaded. */
export interface ProbeResult {
  error: string | null;
}

process.on('disconnect', () => process.exit(0));
const error = await loadEngine(process.argv[2] as EngineName, 1).then(() => null, describe);
process.send!({ error } satisfies ProbeResult, () => process.exit(0));

/** The message, and those of its causes. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${describe(error.cause)})`;
}
