/**
 * The atomic verbs over an alias, one Lua script each, in the files beside this one.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

type Argument = string | number;

export interface AliasCommands {
  /** The number of keys comes first. */
  setAlias(...args: Argument[]): Promise<string[]>;
  removeAlias(...args: Argument[]): Promise<string>;
}

const scripts = { setAlias: 'set.lua', removeAlias: 'remove.lua' };

/** Teaches a connection the verbs; ioredis sends a script once and calls it by its hash afterwards. */
export function withAliasCommands(redis: Redis): Redis & AliasCommands {
  for (const [name, file] of Object.entries(scripts)) {
    redis.defineCommand(name, { lua: readFileSync(new URL(file, import.meta.url), 'utf8') });
  }
  return redis as Redis & AliasCommands;
}
