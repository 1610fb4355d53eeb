/**
 * Which engines can run on this machine, found out without loading any.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { TrainingEngineName } from './contract.ts';

/** `simd` runs wherever Node does; `tensorflow` needs the native part that the set-up brings. */
export function installedEngines(): TrainingEngineName[] {
  return hasTensorflow() ? ['simd', 'tensorflow'] : ['simd'];
}

function hasTensorflow(): boolean {
  try {
    const manifest = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json');
    return existsSync(path.join(path.dirname(manifest), 'lib', 'napi-v8', 'tfjs_binding.node'));
  } catch {
    return false;
  }
}
