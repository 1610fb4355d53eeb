/**
 * Which inputs moved the probabilities at a step, and by how much: each is replaced by values from the data, one after
 * the other, and the change of the probabilities measured. The report does the same for a model as a whole
 * (`diagnosis/report/memory/influence.ts`, which names the source); here it is done for the inputs of one sequence.
 */
import { forwardFlops } from '../../model/cost.ts';
import type { Issue } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { limits } from '../../platform/limits.ts';
import type { OpenModel } from '../models/loaded-model.ts';
import { encodeSequences } from '../probabilities.ts';
import type { ExplanationRequest, ExplanationResult } from './explanation.ts';
import { MeasuredSequence, reachOfInputs } from './measured-sequence.ts';
import { countOf, type Replacements, replacementsFrom } from './replacements.ts';

/** Values that are tried where the request does not say how many, even if they take more than `explainDefaultFlops`. */
const leastByDefault = 20;

/** What takes time beside the products of the model: the work around a step, and a probability's exponential and logarithms. */
const besideProducts = { ofStep: 1000, ofProbability: 10 };

type Explained = Pick<ExplanationResult, 'replacements' | 'exhaustive' | 'explanations'>;

/**
 * @param draws inputs as the model sees them, [n,I], to put in the place of others.
 * @param isAwaited asked before each input: if nobody waits for the answer any more, the explanations end there.
 * @throws InvalidInputError with the path of each step that there is not, or when it would take too much.
 */
export function explainSequences(
  model: OpenModel,
  request: ExplanationRequest,
  draws: (encoded: readonly Float32Array[]) => Float32Array,
  isAwaited: () => boolean,
): Explained {
  const encoded = encodeSequences(request.sequences, model);
  const I = model.description.input.features;
  const lengths = encoded.map(({ length }) => length / I);
  const wanted = lengths.map((length, s) => request.steps?.[s] ?? [length - 1]);
  checkSteps(request, wanted, lengths);
  const cost = costOf(model, request, wanted, lengths);
  const fitting = Math.floor(limits.explainDefaultFlops / cost.eachReplacement);
  const most = request.replacements ?? Math.max(leastByDefault, fitting);
  const replacements = replacementsFrom(draws(encoded), I, most, request.seed);
  checkCost(cost, replacements);
  const explanations = encoded.flatMap((inputs, s) => {
    if (!isAwaited()) return [];
    const measured = new MeasuredSequence(model, inputs, wanted[s], request);
    for (const at of measured.inputsToReplace()) {
      if (!isAwaited()) return [];
      measured.replace(at, replacements);
    }
    return measured.explanations(s, replacements);
  });
  return { replacements: countOf(replacements), exhaustive: replacements.isExhaustive, explanations };
}

function checkSteps(
  { steps, sequences }: ExplanationRequest,
  wanted: readonly number[][],
  lengths: readonly number[],
): void {
  if (steps && steps.length !== sequences.length) {
    const message = `must have an entry for each of the ${sequences.length} sequences, but has ${steps.length}`;
    throw invalidInput('request', [{ path: 'steps', message }]);
  }
  const issues: Issue[] = wanted.flatMap((list, s) =>
    list.flatMap((step, n) => {
      if (step < lengths[s]) return [];
      const message = `must be less than ${lengths[s]}, the length of the sequence, but is ${step}`;
      return [{ path: `steps[${s}][${n}]`, message }];
    }),
  );
  if (issues.length > 0) throw invalidInput('request', issues);
}

/** In floating-point operations: the sequences as they are, and with each value in the place of all inputs, one by one. */
interface Cost {
  asGiven: number;
  eachReplacement: number;
}

function costOf(
  { description }: OpenModel,
  { lags }: ExplanationRequest,
  wanted: readonly number[][],
  lengths: readonly number[],
): Cost {
  const { ofStep, ofProbability } = besideProducts;
  const ofOneStep = forwardFlops(description, 1) + ofStep + ofProbability * description.head.classes;
  const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);
  const replaced = sum(wanted.map((steps) => sum([...reachOfInputs(steps, lags).values()].map((reach) => reach + 1))));
  return { asGiven: sum(lengths) * ofOneStep, eachReplacement: replaced * ofOneStep };
}

function checkCost({ asGiven, eachReplacement }: Cost, { counts }: Replacements): void {
  const flops = asGiven + counts.length * eachReplacement;
  if (flops <= limits.predictFlops) return;
  const message = `would take ${flops.toExponential(1)} floating-point operations; the limit is ${limits.predictFlops.toExponential(0)}: ask for fewer steps, lags or replacements`;
  throw invalidInput('request', [{ path: 'steps', message }]);
}
