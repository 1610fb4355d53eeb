/**
 * Which inputs a model's answer comes from.
 */
import type { Command } from 'commander';
import type { ExplanationResult } from '../../serving/explain/explanation.ts';
import { classNames } from '../class-names.ts';
import type { Act, Context } from '../context.ts';
import { askedAbout, readSequences, referenceOf, type SequenceSource, withSequences } from '../data/sequences.ts';
import { UsageError } from '../failures.ts';
import { RepeatableOption } from '../options.ts';
import { bars } from '../show/charts.ts';
import { clipped } from '../show/table.ts';
import { checkpointOf } from './models.ts';

interface ExplainOptions extends SequenceSource {
  checkpoint?: string;
  step?: number[];
  lags?: number;
  replacements?: number;
  seed?: number;
  initialState: 'trained' | 'zero';
}

/** Inputs that are shown of each step: the strongest. */
const mostInputs = 10;

export function explainCommands(program: Command, act: Act): void {
  withSequences(
    program
      .command('explain')
      .summary('which inputs moved the probabilities of a step')
      .description(
        'Replaces each input by others, and says how far the probabilities move: mean Jensen–Shannon divergence, in nats.',
      )
      .argument('<model>', 'id of a job, or an alias')
      .argument('[sequences...]', 'as for predict; without any, and without --file, from standard input'),
  )
    .option('--checkpoint <which>', 'latest, best, or a step; by default latest, or that of the alias')
    .addOption(new RepeatableOption('--step <step>', 'a step to explain, from 0; by default the last', stepsIn))
    .option('--lags <count>', 'how far back inputs are looked at', Number)
    .option('--replacements <count>', 'the most values that each input is replaced by', Number)
    .option('--seed <number>', 'draws these values, where the data have more of them', Number)
    .option('--initial-state <state>', 'how a sequence starts: trained, zero', 'trained')
    .action(
      act(async (context, name: string, words: string[], options: ExplainOptions) => {
        const given = await readSequences(context, words, options);
        const { sequences } = given;
        const checkpoint = options.checkpoint === undefined ? undefined : checkpointOf(options.checkpoint);
        const model = referenceOf(name);
        const request = {
          ...model,
          checkpoint,
          sequences,
          steps: options.step && sequences.map(() => options.step!),
          lags: options.lags,
          replacements: options.replacements,
          seed: options.seed,
          initialState: options.initialState,
        };
        const result = await askedAbout(given, 0, () => context.client.explain(request));
        context.printJson(result);
        if (!context.isJson)
          show(context, sequences, result, await classNames(context, { ...model, checkpoint }, sequences[0][0]));
      }),
    );
}

function stepsIn(word: string): number[] {
  if (!/^\d+$/.test(word)) throw new UsageError(`--step must be a step, from 0, but is "${word}".`);
  return [Number(word)];
}

function show(
  { print, paint, width }: Context,
  sequences: unknown[][],
  { explanations, exhaustive, replacements, drawnFrom }: ExplanationResult,
  nameOf: (place: number) => string | undefined,
): void {
  for (const { sequence, step, class: place, probability, inputs } of explanations) {
    const title = `step ${step} of sequence ${sequence + 1}: ${nameOf(place) ?? `class ${place}`}, ${(100 * probability).toFixed(1)} %`;
    print(paint.bold(title));
    const rows = inputs.slice(0, mostInputs).map(({ step: at, lag, nats, standardError }) => ({
      name: `${(lag === 0 ? 'the present' : `${lag} back`).padEnd(11)}  ${clipped(JSON.stringify(sequences[sequence][at]), 20)}`,
      value: nats,
      text: exhaustive ? nats.toFixed(4) : `${nats.toFixed(4)} ± ${standardError?.toFixed(4) ?? '?'}`,
    }));
    for (const line of rows.length === 0 ? ['  no input moves it'] : bars(rows, width, paint)) print(line);
    print();
  }
  if (exhaustive) return;
  const values = replacements === 1 ? '1 value' : `${replacements} values`;
  print(`Each input was replaced by ${values} drawn from the ${drawnFrom}; ± is the standard error of that draw.`);
}
