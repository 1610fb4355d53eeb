/**
 * What a job can start from, and who would run it.
 */
import type { Command } from 'commander';
import { countedText, moment } from '../../text/figures.ts';
import type { Act } from '../context.ts';
import { tableLines, wrapped } from '../show/table.ts';

export function catalogueCommands(program: Command, act: Act): void {
  program
    .command('status')
    .summary('whether the service can do its work')
    .description(
      'Says whether the service can do its work, who works for it, and what is amiss. Ends with 3 where it cannot.',
    )
    .action(
      act(async (context) => {
        const readiness = await context.client.readiness();
        context.printJson(readiness);
        const { queued, workers, warnings } = readiness;
        const engines = workers.engines.length > 0 ? `, with ${workers.engines.join(' and ')}` : '';
        context.print(
          `ready: ${countedText(queued, 'job')} queued; ${countedText(workers.count, 'worker')}, ${workers.busy} busy${engines}`,
        );
        for (const { code, message } of warnings) context.print(`${context.paint.yellow(code)}  ${message}`);
      }),
    );

  program
    .command('presets')
    .summary('list the presets')
    .description('Lists the presets: complete specs that a job can start from.')
    .action(
      act(async (context) => {
        const presets = await context.client.presets();
        context.printJson(presets);
        for (const { name, description } of presets) {
          context.print(context.paint.bold(name));
          for (const line of wrapped(description, context.width, '  ')) context.print(line);
        }
      }),
    );

  program
    .command('tasks')
    .summary('list the built-in tasks')
    .description('Lists the built-in tasks, each with a job that learns it.')
    .action(
      act(async (context) => {
        const tasks = await context.client.tasks();
        context.printJson(tasks);
        for (const { type, description } of tasks) {
          context.print(context.paint.bold(type));
          for (const line of wrapped(description, context.width, '  ')) context.print(line);
        }
      }),
    );

  program
    .command('workers')
    .summary('list the workers that are there')
    .description('Lists the workers that are there, and what they run.')
    .action(
      act(async (context) => {
        const workers = await context.client.workers();
        context.printJson(workers);
        if (workers.length === 0) return context.note('No worker is there: jobs wait. "npm run worker" starts one.');
        const columns = [
          { title: 'worker' },
          { title: 'engines' },
          { title: 'cores', isNumber: true },
          { title: 'job' },
          { title: 'since' },
        ];
        const rows = workers.map(({ id, engines, loading, cores, job, startedAt }) => [
          id,
          [...engines, ...loading.map((engine) => `${engine} (loading)`)].join(', '),
          String(cores),
          job ?? '–',
          moment(startedAt),
        ]);
        for (const line of tableLines(columns, rows, context.width)) context.print(line);
      }),
    );
}
