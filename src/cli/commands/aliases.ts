/**
 * Names that stand for checkpoints: what serves under a name, and what served before.
 */
import type { Command } from 'commander';
import { everyPage } from '../../client/client.ts';
import type { Alias } from '../../serving/aliases/alias.ts';
import { moment } from '../../text/figures.ts';
import type { Act, Context } from '../context.ts';
import { UsageError } from '../failures.ts';
import { tableLines } from '../show/table.ts';
import { checkpointOf } from './models.ts';

export function aliasCommands(program: Command, act: Act): void {
  const aliases = program
    .command('aliases')
    .summary('name checkpoints that serve, move the names, take a move back')
    .description('Lists aliases.');
  aliases
    .command('list', { isDefault: true })
    .description('Lists aliases.')
    .action(
      act(async (context) => {
        const found: Alias[] = [];
        for await (const alias of everyPage((cursor) => context.client.aliases({ cursor }))) found.push(alias);
        context.printJson(found);
        if (found.length === 0) context.note('There are no aliases.');
        else show(context, found);
      }),
    );
  aliases
    .command('set')
    .description('Lets a name stand for a checkpoint of a job.')
    .argument('<name>', 'the alias')
    .argument('<job>', 'id of a job')
    .option('--checkpoint <which>', 'latest, best, or a step: it stays at what this is now', 'latest')
    .option('--canary <which>', 'a second checkpoint, which gets a share of the predictions')
    .option('--canary-job <job>', 'the job of that checkpoint, if it is another')
    .option('--share <share>', 'the share of the canary, more than 0 and less than 1', Number)
    .action(
      act(async (context, name: string, job: string, options: SetOptions) => {
        const target = { job, checkpoint: checkpointOf(options.checkpoint), canary: canaryOf(options) };
        const alias = await context.client.setAlias(name, target);
        context.printJson(alias);
        show(context, [alias]);
      }),
    );
  aliases
    .command('show')
    .description('Shows what a name stands for.')
    .argument('<name>', 'the alias')
    .action(
      act(async (context, name: string) => {
        const alias = await context.client.alias(name);
        context.printJson(alias);
        show(context, [alias]);
      }),
    );
  aliases
    .command('history')
    .description('Lists what a name has stood for.')
    .argument('<name>', 'the alias')
    .action(
      act(async (context, name: string) => {
        const history = await context.client.aliasHistory(name);
        context.printJson(history);
        show(context, history);
      }),
    );
  aliases
    .command('rollback')
    .description('Lets a name stand for what it stood for before.')
    .argument('<name>', 'the alias')
    .option('--to <version>', 'a version of its history', Number)
    .action(
      act(async (context, name: string, { to }: { to?: number }) => {
        const alias = await context.client.rollbackAlias(name, to);
        context.printJson(alias);
        show(context, [alias]);
      }),
    );
  aliases
    .command('remove')
    .description('Removes a name; what it stood for stays.')
    .argument('<name>', 'the alias')
    .action(
      act(async (context, name: string) => {
        await context.client.removeAlias(name);
        context.printJson({ name, outcome: 'removed' });
        context.print(`${name}  removed`);
      }),
    );
}

interface SetOptions {
  checkpoint: string;
  canary?: string;
  canaryJob?: string;
  share?: number;
}

function canaryOf({ canary, canaryJob, share }: SetOptions) {
  if (canary === undefined && canaryJob === undefined && share === undefined) return undefined;
  if (canary === undefined || share === undefined) {
    throw new UsageError('A canary needs --canary, its checkpoint, and --share, its share of the predictions.');
  }
  return { job: canaryJob, checkpoint: checkpointOf(canary), share };
}

function show(context: Context, aliases: readonly Alias[]): void {
  const columns = [
    { title: 'alias' },
    { title: 'version', isNumber: true },
    { title: 'job' },
    { title: 'step', isNumber: true },
    { title: 'canary', isNumber: true },
    { title: 'since' },
  ];
  const rows = aliases.map(({ name, version, job, checkpoint, canary, at }) => [
    name,
    String(version),
    job,
    String(checkpoint.step),
    canary ? `${(100 * canary.share).toFixed(1)} % ${canary.checkpoint.step}` : '–',
    moment(at),
  ]);
  for (const line of tableLines(columns, rows, context.width)) context.print(line);
}
