/**
 * The engines that jobs run on, by name. A new engine is a folder beside this file, an entry here, one in `load.ts`,
 * and what the set-up has to bring for it.
 */
import type { EngineDefinition } from './definition.ts';
import { simd } from './simd/definition.ts';
import { tensorflow } from './tensorflow/definition.ts';

const definitions = { simd, tensorflow } satisfies Record<string, EngineDefinition>;

export type EngineName = keyof typeof definitions;

export const engines: Record<EngineName, EngineDefinition> = definitions;

export const engineNames = Object.keys(definitions) as readonly EngineName[] as readonly [EngineName, ...EngineName[]];

/** The name of the engine that `predicting.ts` loads: no model is trained that it could not run. */
export const predictingEngineName: EngineName = 'simd';

/** Those that are installed on this machine, found out without loading any. */
export function installedEngines(): EngineName[] {
  return engineNames.filter((name) => engines[name].isInstalled());
}
