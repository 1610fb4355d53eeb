/**
 * A clone with the real scripts and compiler and a server of a few lines, in which run.mjs and setup.mjs run as a user runs them.
 */
import { copyFileSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectRoot, temporaryFolder, writeFiles } from './fake-clone.ts';

/** A server that shows what it was given, then waits for a signal and ends with its own exit code. */
const server = `
  import { readFileSync } from 'node:fs';
  const { LOOKBACK_REDIS_SERVER, LOOKBACK_WORKERS } = process.env;
  const verb = readFileSync(new URL('../jobs/verb.lua', import.meta.url), 'utf8');
  const running = setInterval(() => {}, 1000);
  let signals = 0;
  process.on('SIGTERM', () => {
    signals += 1;
    clearInterval(running);
    process.exitCode = 6 + signals;
  });
  console.log(JSON.stringify({ parameters: process.argv.slice(2), LOOKBACK_REDIS_SERVER, LOOKBACK_WORKERS, verb }));
`;

/** A clone with the real scripts and compiler, the server above, and no dependencies to install. */
export function makeClone() {
  const root = temporaryFolder();
  cpSync(join(projectRoot, 'scripts'), join(root, 'scripts'), { recursive: true });
  const hangUp = 'src/platform/process/hang-up.mjs';
  mkdirSync(dirname(join(root, hangUp)), { recursive: true });
  copyFileSync(join(projectRoot, hangUp), join(root, hangUp));
  copyFileSync(join(projectRoot, 'tsconfig.json'), join(root, 'tsconfig.json'));
  const noPackages = '{"packages": {}}';
  writeFiles(root, {
    'package.json': '{"type": "module"}',
    'package-lock.json': noPackages,
    'node_modules/.package-lock.json': noPackages,
    'scripts/build-simd.mjs': '// This clone has no engine.',
    'scripts/bundle-child.mjs': '// Nor a worker.',
    'scripts/bundle-client.mjs': '// Nor a client.',
    'scripts/build-dashboard.mjs': '// Nor a page.',
    'src/main/server.ts': server,
    'src/jobs/verb.lua': 'return 1',
  });
  mkdirSync(join(root, 'node_modules/@types'));
  for (const name of ['typescript', '@typescript', '@types/node', 'undici-types']) {
    const target = join(projectRoot, 'node_modules', name);
    if (existsSync(target)) symlinkSync(target, join(root, 'node_modules', name));
  }
  const redis = join(root, 'redis-server');
  writeFileSync(redis, '#!/bin/sh\n', { mode: 0o755 });
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    XDG_CACHE_HOME: root,
    LOOKBACK_ENGINES: 'simd',
    LOOKBACK_REDIS_SERVER: redis,
  };
  delete env.REDIS_URL;
  return { root, redis, env };
}
