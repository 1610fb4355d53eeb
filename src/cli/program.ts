/**
 * The command line: what commands there are, and how each is run. Reads nothing of the process, so that a test can run
 * it beside others.
 */
import { Argument, Command } from 'commander';
import { aliasCommands } from './commands/aliases.ts';
import { catalogueCommands } from './commands/catalogue.ts';
import { datasetCommands } from './commands/datasets.ts';
import { diagnosisCommands } from './commands/diagnosis.ts';
import { explainCommands } from './commands/explain.ts';
import { importCommands } from './commands/import.ts';
import { jobCommands } from './commands/jobs.ts';
import { modelCommands } from './commands/models.ts';
import { sessionCommands } from './commands/sessions.ts';
import { submitCommands } from './commands/submit.ts';
import { completionScript, shells } from './completion.ts';
import { type Act, type CommandStreams, type Context, contextOf, type GlobalOptions, paintOfNotes } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { failureOf } from './failures.ts';
import { refuseRepeated } from './options.ts';

const explanation = `
Exit codes: 0 done; 1 a job failed, or the service refused; 2 the command line, a file or a spec is not valid;
3 the service is away; 130 ended by Ctrl-C.

Environment: LOOKBACK_URL (the service), LOOKBACK_KEY or LOOKBACK_KEY_FILE (what opens it), NO_COLOR.`;

/** @returns the exit code. */
export async function runCommandLine(words: readonly string[], streams: CommandStreams): Promise<number> {
  const program = commandLine(streams);
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    const options = program.opts<GlobalOptions>();
    const { exitCode, lines } = failureOf(error, options.url ?? streams.env.LOOKBACK_URL ?? 'http://127.0.0.1:3000');
    const paint = paintOfNotes(options, streams);
    for (const line of lines) streams.stderr.write(`${paint.red(line)}\n`);
    return exitCode;
  }
}

function commandLine(streams: CommandStreams): Command {
  const { stdout, stderr } = streams;
  const program = new Command('lookback')
    .description('Trains sequence models, and says whether they look back.')
    .option('--url <address>', 'address of the service (LOOKBACK_URL; by default http://127.0.0.1:3000)')
    .option('--key-file <file>', 'file with the key that opens the service (LOOKBACK_KEY_FILE, LOOKBACK_KEY)')
    .option('--json', 'JSON on standard output, and nothing else: a document, or a line for each thing')
    .option('--no-color', 'no colours')
    .addHelpText('after', explanation)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
    })
    .showHelpAfterError('(add --help for what there is)')
    .showSuggestionAfterError();
  const act: Act =
    <Given extends unknown[]>(action: (context: Context, ...given: Given) => Promise<void> | void) =>
    async (...given) => {
      const command = given.pop() as Command;
      given.splice(-1, 1, optionsOfItsOwn(given.at(-1) as GlobalOptions));
      await action(contextOf(command.optsWithGlobals<GlobalOptions>(), streams), ...(given as unknown[] as Given));
    };
  // Before the others, because it is where one begins; scripts/lookback.mjs runs this one, backup and restore.
  program
    .command('start')
    .summary('start a service here, as npm start does')
    .description('Starts a service with its Redis and a worker. Settings are variables of the environment.');
  for (const [name, what] of Object.entries({
    backup: 'copy all that a service keeps',
    restore: 'bring a copy back',
  })) {
    program
      .command(name)
      .summary(`${what}, as npm run ${name} does`)
      .description(
        'Works on the Redis and the store that the environment names, not over HTTP; prints one JSON document.',
      )
      .argument('<folder>', 'a folder, or s3://bucket/prefix');
  }
  for (const add of [
    submitCommands,
    jobCommands,
    diagnosisCommands,
    datasetCommands,
    importCommands,
    modelCommands,
    explainCommands,
    sessionCommands,
    aliasCommands,
    catalogueCommands,
  ]) {
    add(program, act);
  }
  program
    .command('completion')
    .summary('completions for a shell')
    .description('Prints completions: eval "$(lookback completion bash)" in ~/.bashrc, or the like.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell: (typeof shells)[number]) => void stdout.write(completionScript(program, shell)));
  inherit(program, program);
  return program;
}

/** The options of a command without those that every command takes: they are in the context. */
function optionsOfItsOwn({ url, keyFile, json, color, ...own }: GlobalOptions): object {
  return own;
}

/** A command of commander's takes over neither the options nor the settings of the program by itself. */
function inherit(program: Command, command: Command): void {
  refuseRepeated(command);
  for (const child of command.commands) {
    child.copyInheritedSettings(program);
    for (const option of program.options) {
      if (option.long !== '--version') child.addOption(option);
    }
    inherit(program, child);
  }
}
