/**
 * Sequences that come step by step: a session keeps the state of the model between them.
 */
import type { Command } from 'commander';
import type { Session } from '../../serving/sessions/session.ts';
import { moment } from '../../text/figures.ts';
import type { Act, Context } from '../context.ts';
import { referenceOf, sequenceOf } from '../data/sequences.ts';
import { shade } from '../show/charts.ts';
import { clipped } from '../show/table.ts';
import { checkpointOf } from './models.ts';

export function sessionCommands(program: Command, act: Act): void {
  const sessions = program
    .command('sessions')
    .summary('predict step by step, with the state kept in between')
    .description('Opens a session with a model, gives it steps as they come, and ends it.');
  sessions
    .command('open')
    .description('Opens a session and prints its id.')
    .argument('<model>', 'id of a job, or an alias')
    .option('--checkpoint <which>', 'latest, best, or a step; by default latest, or that of the alias')
    .option('--initial-state <state>', 'how the sequence starts: trained, zero', 'trained')
    .action(
      act(async (context, name: string, options: { checkpoint?: string; initialState: 'trained' | 'zero' }) => {
        const checkpoint = options.checkpoint === undefined ? undefined : checkpointOf(options.checkpoint);
        const request = { ...referenceOf(name), checkpoint, initialState: options.initialState };
        const session = await context.client.openSession(request);
        context.printJson(session);
        context.print(session.id);
        if (context.isWatched) context.note(`Give it steps: lookback sessions step ${session.id} 0,1`);
      }),
    );
  sessions
    .command('step')
    .description('Predicts after each of the next steps.')
    .argument('<session>', 'id of a session')
    .argument('<steps>', 'the next steps: 0,0,1 or the,cat, or a JSON list')
    .option('--after <count>', 'steps that the session has had; where it had others, nothing changes', Number)
    .action(
      act(async (context, id: string, word: string, { after }: { after?: number }) => {
        const steps = sequenceOf(word);
        const result = await context.client.step(id, steps, after);
        context.printJson(result);
        const first = result.steps - result.predictions.length;
        for (const [i, { class: place, label, probabilities = [] }] of result.predictions.entries()) {
          const sure = shade(probabilities[place].toFixed(4).padStart(7), probabilities[place], context.paint);
          const input = clipped(typeof steps[i] === 'string' ? steps[i] : JSON.stringify(steps[i]), 24);
          context.print(`step ${first + i + 1}  ${input}  ${sure}  ${label ?? place}`);
        }
      }),
    );
  sessions
    .command('show')
    .description('Shows a session: what it predicts with, how many steps it has had, when it ends.')
    .argument('<session>', 'id of a session')
    .action(act(async (context, id: string) => show(context, await context.client.session(id))));
  sessions
    .command('end')
    .description('Ends a session.')
    .argument('<session>', 'id of a session')
    .action(
      act(async (context, id: string) => {
        await context.client.endSession(id);
        context.printJson({ id, outcome: 'ended' });
        context.print(`${id}  ended`);
      }),
    );
}

function show(context: Context, session: Session): void {
  context.printJson(session);
  const { id, job, checkpoint, steps, createdAt, expiresAt } = session;
  const rows = [
    ['session', id],
    ['job', job],
    ['checkpoint', `of step ${checkpoint.step}`],
    ['steps', String(steps)],
    ['opened', moment(createdAt)],
    ['ends', moment(expiresAt)],
  ];
  for (const [name, value] of rows) context.print(`${context.paint.dim(name.padEnd(11))} ${value}`);
}
