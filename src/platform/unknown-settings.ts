/**
 * Variables of the environment that look like settings of Lookback and are none: misspelt, or from another version. They
 * are told, for what is not read has no effect.
 */
import { closest, distance } from 'fastest-levenshtein';
import { settingNames } from './config.ts';

/** Read by the set-up, by the search for a redis-server, by TensorFlow's kernels and by CI. */
const readElsewhere = ['ENGINES', 'TENSORFLOW', 'REDIS_SERVER', 'INSTRUCTION_SET', 'SETUP', 'CI_RUN'];
const prefix = 'LOOKBACK_';
/** Letters by which a name may miss the one that was meant. */
const farthest = 2;

/** A sentence for each. */
export function unknownSettings(environment: NodeJS.ProcessEnv): string[] {
  const known = [...settingNames, ...readElsewhere.map((name) => `${prefix}${name}`)];
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return `${name} is not a setting of Lookback and has no effect${meant ? `; did you mean ${meant}?` : '.'}`;
    });
}

/** LOOKBACK_PORT means PORT. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const bare = name.slice(prefix.length);
  if (known.includes(bare)) return bare;
  const found = closest(name, known);
  return distance(name, found) <= farthest ? found : undefined;
}
