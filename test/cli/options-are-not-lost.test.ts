/**
 * What an option gets twice adds up or is refused: no value of a command line is lost in silence.
 */
import { describe, expect, test } from 'vitest';
import { commandLineTo } from './command-line.ts';

/** Nobody answers there: what reaches the service has been accepted. */
const lookback = commandLineTo('http://127.0.0.1:9');

const helpOf = async (words: readonly string[]) => (await lookback([...words, '--help'], { columns: 10_000 })).stdout;

/** Names in the list of commands that a help text ends with. */
function commandsIn(help: string): string[] {
  const [, list = ''] = help.split('\nCommands:\n');
  return [...list.split('\n\n')[0].matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help');
}

interface ValuedOption {
  words: string[];
  option: string;
  value: string;
  description: string;
}

async function optionsOf(words: string[]): Promise<ValuedOption[]> {
  const help = await helpOf(words);
  const own = [...help.matchAll(/^ +(?:-\w, )?(--[a-z-]+) <[^>]+> +(.*)$/gm)].map(([, option, description]) => ({
    words,
    option,
    value: /choices: "([^"]+)"/.exec(description)?.[1] ?? '1',
    description,
  }));
  const inner = await Promise.all(commandsIn(help).map((name) => optionsOf([...words, name])));
  return [...own, ...inner.flat()];
}

const all = await optionsOf([]);

describe('an option that is given twice', () => {
  test('is one of many commands', () => {
    const known = all.map(({ words, option }) => [...words, option].join(' '));
    expect(known.length).toBeGreaterThan(60);
    expect(known).toEqual(
      expect.arrayContaining(['upload --features', 'datasets list --limit', 'predict --url', '--url']),
    );
  });

  test.each(all.filter(({ description }) => !description.includes('may be repeated')))(
    '$words $option: is refused by its name',
    async ({ words, option, value }) => {
      const { exitCode, stderr } = await lookback([...words, option, value, option, value]);
      expect(stderr).toMatch(
        new RegExp(`^error: option '(-\\w, )?${option} <.*>' takes one value, but is given twice`),
      );
      expect(exitCode).toBe(2);
    },
  );

  test('adds up where its description says so', () => {
    const repeatable = new Set(
      all.filter(({ description }) => description.includes('may be repeated')).map((one) => one.option),
    );
    expect([...repeatable].sort()).toEqual(['--features', '--labels', '--set', '--step']);
  });
});

test.each([
  [
    ['upload', 'rows.csv', '--mapping', '{}', '--delimiter', ';'],
    "option '--mapping <json>' cannot be used with option '--delimiter <character>'",
  ],
  [
    ['upload', 'rows.csv', '--mapping', '{}', '--step', 't'],
    "option '--mapping <json>' cannot be used with option '--step <column>'",
  ],
])('%j: what another option holds is not overridden by it', async (words, message) => {
  expect(await lookback(words)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(message) });
});
