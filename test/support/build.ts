/**
 * Before any test: compiles the service into dist if its sources changed, since tests start real processes from there.
 */
import path from 'node:path';
import { build, isBuilt } from '../../scripts/setup/build.mjs';

export default async function buildOnce(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '../..');
  if (!(await isBuilt(root))) await build(root, process.env);
}
