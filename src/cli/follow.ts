/**
 * Follows a job in the terminal: a bar with the loss so far, findings as they come, and at the end the verdict.
 */
import { SingleBar } from 'cli-progress';
import type { RemoteEvent, RemoteJob } from '../client/client.ts';
import { duration, natsText } from '../text/figures.ts';
import type { Context } from './context.ts';
import { FailedError, InterruptedError } from './failures.ts';
import { sparkline } from './show/charts.ts';
import { findingLines } from './show/findings.ts';
import { wrapped } from './show/table.ts';

export interface FollowJobOptions {
  /** The first event is the one behind this id. */
  after?: number;
  /** Whether Ctrl-C asks for a second one, which cancels the job. */
  cancelOnInterrupt?: boolean;
}

/** Time for a second Ctrl-C. */
const secondMs = 3_000;
const curveWidth = 20;

/**
 * Returns when the job has succeeded.
 * @throws FailedError where it failed or was cancelled, InterruptedError on Ctrl-C: the job goes on, unless it was told to end.
 */
export async function follow(context: Context, id: string, options: FollowJobOptions = {}): Promise<void> {
  const interruption = new Interruption(context, id, options.cancelOnInterrupt ?? false);
  const picture = context.isWatched ? new Picture(context) : null;
  try {
    const onAway = () => context.note('The service is away; waiting for it.');
    for await (const event of context.client.events(id, options.after, { signal: interruption.signal, onAway })) {
      context.printJson(event);
      if (!context.isJson) show(context, picture, event);
    }
  } finally {
    picture?.close();
    interruption.close();
  }
  await conclude(context, await context.client.job(id));
}

function show(context: Context, picture: Picture | null, event: RemoteEvent): void {
  if (event.type === 'progress') {
    if (picture) picture.progress(event.data);
    else {
      const { step, steps, loss, accuracy } = event.data;
      context.print(`step ${step} of ${steps}, loss ${natsText(loss)}, accuracy ${natsText(accuracy)}`);
    }
    return;
  }
  picture?.close();
  if (event.type === 'doctor') {
    for (const line of findingLines(event.data.findings, context.width, context.paint)) context.print(line);
  } else if (event.type === 'evaluation') {
    const { step, loss, improved } = event.data;
    context.print(`step ${step}, held-out loss ${natsText(loss)}${improved ? ', the best so far' : ''}`);
  } else if (event.type === 'status' && event.data.reason !== undefined && event.id > 1) {
    context.print(context.paint.dim(`${event.data.status}: ${event.data.reason}`));
  } else if (event.type === 'report') {
    for (const line of wrapped(event.data.verdict, context.width)) context.print(context.paint.bold(line));
  }
}

/** How it ended. */
async function conclude({ print, paint }: Context, job: RemoteJob): Promise<void> {
  const { status, error, loss, accuracy, trainedSeconds, diagnosedSeconds, id } = job;
  if (status === 'succeeded') {
    const measured = `loss ${natsText(loss)}, accuracy ${natsText(accuracy)}`;
    const diagnosed = diagnosedSeconds ? ` and diagnosed in ${duration(diagnosedSeconds)}` : '';
    print(`${paint.green('succeeded')}, ${measured}, trained in ${duration(trainedSeconds)}${diagnosed}: ${id}`);
  } else if (status === 'failed') {
    throw new FailedError(`The job failed (${error?.code ?? 'no code'}): ${error?.message ?? 'no reason was given'}`);
  } else throw new FailedError(`The job is ${status}.`);
}

/** A bar on standard error that shows the curve of the loss. */
class Picture {
  readonly #bar: SingleBar;
  readonly #losses: number[] = [];
  #isDrawn = false;

  constructor({ streams, width }: Context) {
    this.#bar = new SingleBar({
      stream: streams.stderr,
      format: '{bar} {value}/{total}  {curve}  loss {loss}  {speed} steps/s  {eta_left}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: Math.max(10, Math.min(30, width - 80)),
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    });
  }

  progress({ step, steps, loss, stepsPerSecond }: Extract<RemoteEvent, { type: 'progress' }>['data']): void {
    this.#losses.push(loss);
    const payload = {
      curve: sparkline(this.#losses, curveWidth).padEnd(curveWidth),
      loss: natsText(loss),
      speed: stepsPerSecond < 10 ? stepsPerSecond.toFixed(1) : Math.round(stepsPerSecond),
      eta_left: step === steps ? '' : `${duration((steps - step) / stepsPerSecond)} left`,
    };
    if (this.#isDrawn) this.#bar.update(step, payload);
    else this.#bar.start(steps, step, payload);
    this.#isDrawn = true;
  }

  /** Gives the line back; a further progress draws it again. */
  close(): void {
    if (this.#isDrawn) this.#bar.stop();
    this.#isDrawn = false;
  }
}

/** Ctrl-C: leaves the job alone, or cancels it at the second one. */
class Interruption {
  readonly #controller = new AbortController();
  readonly #context: Context;
  readonly #job: string;
  readonly #cancels: boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: Context, job: string, cancels: boolean) {
    this.#context = context;
    this.#job = job;
    this.#cancels = cancels;
    process.on('SIGINT', this.#onInterrupt);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  close(): void {
    clearTimeout(this.#timer);
    process.off('SIGINT', this.#onInterrupt);
  }

  readonly #onInterrupt = (): void => {
    if (this.#cancels && this.#timer === undefined) {
      this.#context.note('Ctrl-C once more cancels the job; otherwise it goes on without you.');
      this.#timer = setTimeout(() => this.#detach(), secondMs);
    } else if (this.#cancels) {
      clearTimeout(this.#timer);
      // The stream ends with the job.
      this.#context.client.cancel(this.#job).catch((error) => this.#controller.abort(error));
    } else this.#detach();
  };

  #detach(): void {
    this.#controller.abort(new InterruptedError(`The job goes on: lookback watch ${this.#job}`));
  }
}
