/**
 * What can be set, what is refused and what errors are called: the pages list all of it, with its right value, and nothing else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { limits } from '../../src/platform/limits.ts';
import { logEvents } from '../../src/platform/log-events.ts';
import { redisTroubleCodes } from '../../src/platform/redis/condition.ts';
import { pageNamed, tableRows } from './pages.ts';
import { root } from './source-files.ts';

/** The text of all code in some folders, AssemblyScript aside. */
function codeIn(...folders: string[]): string {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(ts|mjs|cc)$/.test(name) && !name.includes('assembly'))
        .map((name) => readFileSync(path.join(root, folder, name), 'utf8')),
    )
    .join('\n');
}

const wordsOf = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
const firstOf = (matches: Iterable<RegExpMatchArray>) => [...matches].map(([, first]) => first);
const sorted = (words: Iterable<string>) => [...new Set(words)].sort();

test('the log’s events of docs/operations.md are those that are logged', () => {
  const rows = tableRows(pageNamed('docs/operations.md'), '`event`');
  const logged = firstOf(codeIn('src', 'workers').matchAll(/logEvent\('([a-z-]+)'/g));
  expect(sorted(rows.flatMap(([event]) => wordsOf(event)))).toEqual(sorted(logged));
  expect(sorted(logEvents)).toEqual(sorted(logged));
});

describe('environment', () => {
  /** Those of every process. */
  const common = ['PATH', 'HOME'];
  const rows = tableRows(pageNamed('docs/operations.md'), 'variable');

  test('the variables of docs/operations.md are those that are read', () => {
    const schema = readFileSync(path.join(root, 'src/platform/config.ts'), 'utf8');
    const read = [
      ...firstOf(schema.matchAll(/^ {2}([A-Z_]+):/gm)),
      ...firstOf(codeIn('src', 'workers', 'scripts').matchAll(/\b(?:env\.|getenv\(")([A-Z_]+)/g)),
    ];
    const documented = rows.flatMap(([names]) => wordsOf(names));
    expect(sorted(documented)).toEqual(sorted(read.filter((name) => !common.includes(name))));
  });

  test('those of the README are among them', () => {
    const named = tableRows(pageNamed('README.md'), 'variable').flatMap(([names]) => wordsOf(names));
    expect(named).toContain('PORT');
    const known = new Set(rows.flatMap(([names]) => wordsOf(names)));
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(['README.md', 'docs/operations.md'])('the defaults of %s are those that hold', (name) => {
    const config = readConfig({});
    const defaults: Record<string, string> = {
      '`PORT`, `HOST`': `${config.port}, ${config.host}`,
      '`LOOKBACK_DATA`': `\`${path.basename(config.data)}\``,
      '`LOOKBACK_WORKERS`': String(config.workers),
      '`LOOKBACK_FSYNC`': config.fsync,
      '`LOOKBACK_KEEP_JOBS`': String(config.keptJobs.count),
      '`LOG_LEVEL`': config.logLevel,
    };
    const shown = tableRows(pageNamed(name), 'default').filter(([names]) => Object.hasOwn(defaults, names));
    expect(Object.fromEntries(shown.map(([names, value]) => [names, value]))).toEqual(defaults);
  });
});

describe('limits', () => {
  test('docs/limits.md lists every limit with its value', () => {
    const rows = tableRows(pageNamed('docs/limits.md'), 'limit');
    const listed = rows.map(([, value, name]) => [wordsOf(name)[0], numberOf(value)]);
    expect(Object.fromEntries(listed)).toEqual({ ...limits });
    expect(listed.length).toBe(Object.keys(limits).length);
  });

  /** `1,024`, `8 MiB` or `2·10^10`. */
  function numberOf(text: string): number {
    const [, digits, unit = '', exponent] = /^(?:([\d,]+?)(?: (KiB|MiB|GiB))?)?(?:·?10\^(\d+))?$/.exec(text) ?? [];
    const factor = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit]!;
    return Number((digits ?? '1').replaceAll(',', '')) * factor * Number(`1e${exponent ?? 0}`);
  }
});

describe('error codes', () => {
  /**
   * Codes that no caller sees: of a run that was taken over, of one that is tried again, of a start or restore that fails, of an
   * answer that is no problem document.
   */
  const internal = ['fenced', 'system', 'data_in_use', 'another_store', 'not_empty', 'backup_not_found', 'unknown'];
  /** Codes of warnings, which docs/operations.md names. */
  const warnings = ['no_worker', ...redisTroubleCodes];
  /** Codes of zod's own issues. */
  const foreign = ['custom', 'invalid_union'];

  test('docs/api.md lists those that the source has', () => {
    const code = codeIn('src', 'workers');
    const named = [
      /\bcode: '([a-z_]+)'/g,
      /\w?[cC]ode = '([a-z_]+)'/g,
      /\?\? '([a-z_]+)', message/g,
      /(?:super|ConflictError|QuotaError|StorageError|exceeded)\(\s*'([a-z_]+)',/g,
      /problem\.code \?\? '([a-z_]+)'/g,
    ].flatMap((pattern) => firstOf(code.matchAll(pattern)));
    const conditional = firstOf(code.matchAll(/\bcode = ([^;]+);/g)).flatMap((text) =>
      firstOf(text.matchAll(/'([a-z_]+)'/g)),
    );
    const missing = firstOf(code.matchAll(/new NotFoundError\('([a-z ]+)'/g)).map((what) => `${what}_not_found`);
    const source = [...named, ...conditional, ...missing].filter((name) => !foreign.includes(name));

    const page = pageNamed('docs/api.md');
    const documented = [
      ...tableRows(page, 'code').flatMap(([, codes]) => wordsOf(codes)),
      ...tableRows(page, 'code of a job’s error').flatMap(([codes]) => wordsOf(codes)),
    ];
    expect(sorted([...documented, ...internal, ...warnings])).toEqual(sorted(source));
  });
});
