/**
 * Bundles the client into one file without imports, which the package's entry `lookback/client` is: for Node, browsers,
 * Deno and Bun alike. `node scripts/bundle-client.mjs BUILD`: the folder that tsc has compiled to.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = process.argv[2];

const bundle = await rolldown({ input: join(root, 'src', 'client', 'client.ts'), platform: 'neutral' });
await bundle.write({ file: join(build, 'bundles', 'client.js'), format: 'esm', minify: true, sourcemap: true });
await bundle.close();
