/**
 * Lists jobs, shows one, and steers them.
 */
import { type Command, Option } from 'commander';
import type { CheckpointSummary } from '../../checkpoints/summary-schema.ts';
import { everyPage, type LookbackClient, type RemoteJob } from '../../client/client.ts';
import { statuses } from '../../jobs/status.ts';
import { bytes, duration, moment, natsText } from '../../text/figures.ts';
import type { Act, Context } from '../context.ts';
import { FailedError, failureOf, UsageError } from '../failures.ts';
import { tableLines } from '../show/table.ts';

const colours: Partial<Record<RemoteJob['status'], 'green' | 'red' | 'cyan' | 'yellow'>> = {
  succeeded: 'green',
  failed: 'red',
  running: 'cyan',
  paused: 'yellow',
};

interface Filter {
  status?: RemoteJob['status'];
  name?: string;
  createdBefore?: string;
}

interface ListOptions extends Filter {
  limit: number;
}

export function jobCommands(program: Command, act: Act): void {
  program
    .command('jobs')
    .summary('list jobs')
    .description('Lists jobs, newest first.')
    .addOption(new Option('--status <status>', 'those with this status').choices(statuses))
    .option('--name <name>', 'those with exactly this name')
    .option('--created-before <time>', 'those submitted before this time, as 2026-01-31T12:00:00Z')
    .option('--limit <count>', 'so many at most', Number, 20)
    .action(act((context, options: ListOptions) => list(context, options)));

  program
    .command('show')
    .summary('show a job')
    .description('Shows what is known of a job.')
    .argument('<job>', 'id of a job')
    .action(act(async (context, id: string) => showJob(context, await context.client.job(id))));

  program
    .command('checkpoints')
    .summary('list the checkpoints of a job')
    .description('Lists the checkpoints of a job, by step.')
    .argument('<job>', 'id of a job')
    .action(act((context, id: string) => listCheckpoints(context, id)));

  const steer = (name: string, summary: string) =>
    program.command(name).summary(summary).argument('[jobs...]', 'ids of jobs');
  const filtered = (command: Command) =>
    command
      .addOption(new Option('--status <status>', 'all with this status').choices(statuses))
      .option('--name <name>', 'all with exactly this name')
      .option('--created-before <time>', 'all submitted before this time, as 2026-01-31T12:00:00Z');

  filtered(steer('cancel', 'cancel jobs; what they have learned is kept'))
    .option('--discard', 'keep no checkpoint of the work so far')
    .action(
      act((context, ids: string[], { discard, ...filter }: Filter & { discard?: boolean }) =>
        change(context, ids, filter, {
          one: (client, id) => client.cancel(id, { keepWork: !discard }),
          many: (client, cursor) => client.cancelJobs({ ...filter, cursor, checkpoint: !discard }),
        }),
      ),
    );
  filtered(steer('remove', 'remove jobs with their events and checkpoints')).action(
    act((context, ids: string[], filter: Filter) =>
      change(context, ids, filter, {
        one: (client, id) => client.remove(id).then(() => undefined),
        many: (client, cursor) => client.removeJobs({ ...filter, cursor }),
      }),
    ),
  );
  steer('pause', 'pause jobs: each writes a checkpoint and frees its worker').action(
    act((context, ids: string[]) => change(context, ids, {}, { one: (client, id) => client.pause(id) })),
  );
  steer('resume', 'let paused jobs go on exactly where they stopped').action(
    act((context, ids: string[]) => change(context, ids, {}, { one: (client, id) => client.resume(id) })),
  );
  steer('retry', 'run failed or cancelled jobs again')
    .addOption(
      new Option('--from <start>', 'where they start').choices(['checkpoint', 'beginning']).default('checkpoint'),
    )
    .action(
      act((context, ids: string[], { from }: { from: 'checkpoint' | 'beginning' }) =>
        change(context, ids, {}, { one: (client, id) => client.retry(id, from) }),
      ),
    );
}

async function list(context: Context, { limit, ...filter }: ListOptions): Promise<void> {
  const found: RemoteJob[] = [];
  const page = { ...filter, limit: Math.min(limit, 100) };
  for await (const job of everyPage((cursor) => context.client.jobs({ ...page, cursor }))) {
    if (found.length === limit) break;
    found.push(job);
  }
  context.printJson(found);
  if (found.length === 0) return context.note(noJob(filter));
  const rows = found.map((job) => [
    job.id,
    context.paint[colours[job.status] ?? 'white'](job.status),
    `${job.step}/${job.steps}`,
    natsText(job.loss),
    job.engine?.name ?? '–',
    duration(job.trainedSeconds),
    moment(job.createdAt),
    job.name ?? '',
  ]);
  const columns = [
    { title: 'job' },
    { title: 'status' },
    { title: 'step', isNumber: true },
    { title: 'loss', isNumber: true },
    { title: 'engine' },
    { title: 'trained', isNumber: true },
    { title: 'submitted' },
    { title: 'name', isText: true },
  ];
  for (const line of tableLines(columns, rows, context.width)) context.print(line);
}

function noJob({ status, name, createdBefore }: Filter): string {
  const is = status && `is ${status}`;
  const has = name && `has the name ${name}`;
  const was = createdBefore && `was submitted before ${createdBefore}`;
  const said = [is, has, was].filter(Boolean).join(' and ');
  return said ? `No job ${said}.` : 'There are no jobs.';
}

function showJob(context: Context, job: RemoteJob): void {
  context.printJson(job);
  const rows: [string, string | null | undefined][] = [
    ['job', job.id],
    ['name', job.name],
    ['status', job.status],
    ['waits for', job.waitingFor?.message],
    ['error', job.error && `${job.error.message} (${job.error.code})`],
    ['step', `${job.step} of ${job.steps}`],
    ['loss', natsText(job.loss)],
    ['accuracy', natsText(job.accuracy)],
    ['pace', job.stepsPerSecond === null ? null : `${job.stepsPerSecond.toFixed(1)} steps a second`],
    ['time left', job.etaSeconds === null ? null : duration(job.etaSeconds)],
    ['engine', job.engine && `${job.engine.name}: ${job.engine.reason}`],
    ['attempt', String(job.attempt)],
    ['checkpoint', job.checkpointStep === null ? null : `of step ${job.checkpointStep}`],
    ['submitted', moment(job.createdAt)],
    ['started', moment(job.startedAt)],
    ['finished', moment(job.finishedAt)],
  ];
  for (const [name, value] of rows) if (value) context.print(`${context.paint.dim(name.padEnd(11))} ${value}`);
  context.print(context.paint.dim(job.spec ? 'spec' : 'imported'));
  context.print(JSON.stringify(job.spec ?? job.imported, null, 2));
}

async function listCheckpoints(context: Context, id: string): Promise<void> {
  const found: CheckpointSummary[] = [];
  for await (const checkpoint of everyPage((cursor) => context.client.checkpoints(id, { cursor }))) {
    found.push(checkpoint);
  }
  context.printJson(found);
  if (found.length === 0) return context.note('The job has no checkpoint yet.');
  const columns = [
    { title: 'step', isNumber: true },
    { title: 'loss', isNumber: true },
    { title: 'held out', isNumber: true },
    { title: 'size', isNumber: true },
    { title: 'written' },
    { title: 'weights' },
  ];
  const rows = found.map(({ step, loss, heldOutLoss, bytes: size, createdAt, sha256 }) => [
    String(step),
    natsText(loss),
    natsText(heldOutLoss),
    bytes(size),
    moment(createdAt),
    sha256.slice(0, 12),
  ]);
  for (const line of tableLines(columns, rows, context.width)) context.print(line);
}

interface Change {
  one(client: LookbackClient, id: string): Promise<RemoteJob | undefined>;
  /** Absent: the verb takes no filter. */
  many?(client: LookbackClient, cursor: string | undefined): ReturnType<LookbackClient['cancelJobs']>;
}

/** Each job that is named, or all that fit the filter. What is refused is said, and the others are gone on with. */
async function change(context: Context, ids: string[], filter: Filter, { one, many }: Change): Promise<void> {
  const hasFilter = Object.values(filter).some((value) => value !== undefined);
  if (ids.length === 0 && !(many && hasFilter)) {
    throw new UsageError(
      many ? 'Name jobs, or say which are meant: --status, --name or --created-before.' : 'Name one job or more.',
    );
  }
  if (ids.length > 0 && hasFilter) throw new UsageError('Name jobs, or say which are meant by a filter: not both.');
  if (ids.length === 0) {
    let count = 0;
    for await (const { id, outcome } of everyPage((cursor) => many!(context.client, cursor))) {
      context.printJson({ id, outcome });
      context.print(`${id}  ${outcome}`);
      count++;
    }
    if (count === 0) context.note('No job fits.');
    return;
  }
  let refused = 0;
  for (const id of ids) {
    try {
      const job = (await one(context.client, id)) ?? { id, status: 'removed' };
      context.printJson(job);
      context.print(`${job.id}  ${job.status}`);
    } catch (error) {
      // What keeps this job from it keeps no other; a service that is away keeps all.
      const { exitCode, lines } = failureOf(error, '');
      if (exitCode !== 1) throw error;
      for (const line of lines) context.note(line);
      refused++;
    }
  }
  if (refused > 0) throw new FailedError('');
}
