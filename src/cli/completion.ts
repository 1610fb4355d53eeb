/**
 * Completions for shells, from the commands and options that there are: `eval "$(lookback completion bash)"`.
 */
import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;

interface Words {
  command: string;
  summary: string;
  options: { flag: string; description: string; choices: readonly string[] }[];
  subcommands: string[];
}

export function completionScript(program: Command, shell: (typeof shells)[number]): string {
  const words = program.commands.map(wordsOf);
  return { bash, zsh: (all: Words[]) => `autoload -U +X bashcompinit && bashcompinit\n${bash(all)}`, fish }[shell](
    words,
  );
}

function wordsOf(command: Command): Words {
  return {
    command: command.name(),
    summary: command.summary() || command.description(),
    options: command.options.map(({ long, short, description, argChoices }) => ({
      flag: long ?? short ?? '',
      description,
      choices: argChoices ?? [],
    })),
    subcommands: command.commands.map((one) => one.name()),
  };
}

/** Options that come before a command, and after it as well. */
const everywhere = ['--url', '--key-file', '--json', '--no-color', '--help'];

function bash(words: Words[]): string {
  const cases = words.map(
    ({ command, options, subcommands }) =>
      `    ${command}) words="${[...subcommands, ...options.map(({ flag }) => flag), ...everywhere].join(' ')}" ;;`,
  );
  const choices = words
    .flatMap(({ options }) => options)
    .filter(({ choices }) => choices.length > 0)
    .map(({ flag, choices }) => `    ${flag}) COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$word")); return ;;`);
  return `_lookback() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --url|--key-file) ((i++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $previous in
${[...new Set(choices)].join('\n')}
    --file|--output|--key-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
  esac
  case $command in
    "") words="${[...words.map(({ command }) => command), ...everywhere, '--version'].join(' ')}" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  # Where a file may stand, files come too.
  [[ $command =~ ^(submit|validate|doctor|evaluate|upload|import|backup|restore)$ && $word != -* ]] && COMPREPLY+=($(compgen -f -- "$word"))
}
complete -o filenames -F _lookback lookback
# npx lookback: the words behind npx are those of the command.
_lookback_npx() {
  [[ \${COMP_WORDS[1]} == lookback && $COMP_CWORD -gt 1 ]] || return
  COMP_WORDS=("\${COMP_WORDS[@]:1}")
  COMP_CWORD=$((COMP_CWORD - 1))
  _lookback
}
complete -o filenames -o bashdefault -o default -F _lookback_npx npx
`;
}

function fish(words: Words[]): string {
  const quoted = (text: string) => `'${text.replaceAll("'", '’')}'`;
  const all = words.map(({ command }) => command).join(' ');
  // By its own name, and behind npx.
  const callers = [
    { caller: 'lookback', begins: '__fish_use_subcommand', within: '' },
    {
      caller: 'npx',
      begins: `'__fish_seen_subcommand_from lookback; and not __fish_seen_subcommand_from ${all}'`,
      within: '__fish_seen_subcommand_from lookback; and ',
    },
  ];
  const lines = callers.flatMap(({ caller, begins, within }) => [
    ...words.map(({ command, summary }) => `complete -c ${caller} -f -n ${begins} -a ${command} -d ${quoted(summary)}`),
    ...words.flatMap(({ command, options, subcommands }) => {
      const when = `-n '${within}__fish_seen_subcommand_from ${command}'`;
      return [
        ...subcommands.map((name) => `complete -c ${caller} ${when} -a ${name}`),
        ...options.map(({ flag, description, choices }) => {
          const values = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : '';
          return `complete -c ${caller} ${when} -l ${flag.replace(/^--/, '')} -d ${quoted(description)}${values}`;
        }),
      ];
    }),
  ]);
  return `${lines.join('\n')}\n`;
}
