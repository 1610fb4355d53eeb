/**
 * Submits a job, and follows one.
 */
import type { Command } from 'commander';
import type { RemoteJob } from '../../client/client.ts';
import { bytes, duration } from '../../text/figures.ts';
import type { Act } from '../context.ts';
import { follow } from '../follow.ts';
import { settingOption } from '../options.ts';
import { findingLines } from '../show/findings.ts';
import { readSpec } from '../spec-file.ts';

interface SubmitOptions {
  preset?: string;
  name?: string;
  set?: string[];
  follow?: boolean;
  cancelOnInterrupt?: boolean;
  idempotencyKey?: string;
}

/** What says a spec on the command line, for all commands that take one. */
export function withSpec(command: Command): Command {
  return command
    .argument('[spec]', 'file with a job spec, JSON or YAML; - is standard input')
    .option('-p, --preset <name>', 'start from a preset: broken, working, lookback')
    .option('-n, --name <name>', 'name of the job')
    .addOption(settingOption('set a field, as in optimizer.learningRate=0.1'));
}

export function submitCommands(program: Command, act: Act): void {
  withSpec(program.command('submit').summary('submit a job').description('Submits a job and prints its id.'))
    .option('-f, --follow', 'follow it to its end; Ctrl-C leaves it alone')
    .option('--cancel-on-interrupt', 'with --follow: a second Ctrl-C cancels it')
    .option('--idempotency-key <key>', 'repeated with this key within a day, it is the same job')
    .action(
      act(async (context, file: string | undefined, options: SubmitOptions) => {
        const { set: settings = [], preset, name, idempotencyKey } = options;
        const spec = await readSpec({ file, preset, name, settings }, context.streams);
        const job = await context.client.submit(spec, { idempotencyKey });
        if (!options.follow) {
          context.printJson(job);
          context.print(job.id);
          if (context.isWatched) context.note(`${waiting(job)}Follow it: lookback watch ${job.id}`);
          return;
        }
        context.note(`${job.id} is submitted.`);
        await follow(context, job.id, { cancelOnInterrupt: options.cancelOnInterrupt });
      }),
    );

  withSpec(
    program
      .command('validate')
      .summary('what a job would be, without running it')
      .description('Checks a spec: its size, its cost, the engine that would run it, and what the doctor finds.'),
  ).action(
    act(async (context, file: string | undefined, { set: settings = [], preset, name }: SubmitOptions) => {
      const spec = await readSpec({ file, preset, name, settings }, context.streams);
      const found = await context.client.validate(spec);
      context.printJson(found);
      const { model, estimate, engine, doctor } = found;
      const rows = [
        ['parameters', String(model.parameters)],
        ['time', `about ${duration(estimate.seconds)}`],
        ['memory', bytes(estimate.bytes)],
        ['disk', `at most ${bytes(estimate.diskBytes)}`],
        ['engine', `${engine.name}: ${engine.reason}`],
      ];
      for (const [title, value] of rows) context.print(`${context.paint.dim(title.padEnd(11))} ${value}`);
      if (context.isJson || doctor === null) return;
      if (doctor.findings.length === 0) context.print(context.paint.green('The doctor finds nothing wrong.'));
      for (const line of findingLines(doctor.findings, context.width, context.paint)) context.print(line);
    }),
  );

  program
    .command('watch')
    .summary('follow a job')
    .description('Follows a job to its end: progress, findings, verdict. With --json every event as a line.')
    .argument('<job>', 'id of a job')
    .option('--after <event>', 'begin behind this event', Number, 0)
    .option('--cancel-on-interrupt', 'a second Ctrl-C cancels the job')
    .action(
      act((context, id: string, options: { after: number; cancelOnInterrupt?: boolean }) =>
        follow(context, id, options),
      ),
    );
}

function waiting({ waitingFor }: RemoteJob): string {
  return waitingFor ? `${waitingFor.message} ` : '';
}
