/**
 * Which Redis the settings name: its URL, and what a file holds rather than the environment, which others may read.
 */
import { readFileSync } from 'node:fs';
import { invalidInput } from '../input/invalid-input.ts';
import type { RedisAddress } from './connections.ts';

interface RedisSettings {
  REDIS_URL?: string;
  REDIS_PASSWORD_FILE?: string;
  REDIS_CA_FILE?: string;
}

/** undefined: none is named. @throws InvalidInputError that names the variable; no message has a password in it. */
export function redisAddress(settings: RedisSettings): RedisAddress | undefined {
  const { REDIS_URL: url, REDIS_PASSWORD_FILE: passwordFile, REDIS_CA_FILE: caFile } = settings;
  if (url === undefined) {
    if (passwordFile !== undefined)
      refuse('REDIS_PASSWORD_FILE', 'is set, and REDIS_URL is not: it is of no use alone');
    if (caFile !== undefined) refuse('REDIS_CA_FILE', 'is set, and REDIS_URL is not: it is of no use alone');
    return undefined;
  }
  if (passwordFile !== undefined && new URL(url).password !== '') {
    refuse('REDIS_PASSWORD_FILE', 'is set, and REDIS_URL has a password, too: leave one of them out');
  }
  if (caFile !== undefined && !url.startsWith('rediss://')) {
    refuse('REDIS_CA_FILE', 'is set, and REDIS_URL does not start with rediss://: only TLS has certificates');
  }
  return {
    url,
    // An editor ends a file with a new line.
    ...(passwordFile === undefined ? {} : { password: textOf('REDIS_PASSWORD_FILE', passwordFile).trimEnd() }),
    ...(caFile === undefined ? {} : { ca: textOf('REDIS_CA_FILE', caFile) }),
  };
}

function textOf(name: string, file: string): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    refuse(name, `names ${JSON.stringify(file)}, which cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (text.trim() === '') refuse(name, `names ${JSON.stringify(file)}, which is empty`);
  return text;
}

function refuse(path: string, message: string): never {
  throw invalidInput('environment', [{ path, message }]);
}
