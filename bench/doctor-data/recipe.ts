/**
 * Rules by which labels follow from past values, and what can be known of them without any data: the entropies in closed
 * form, and whether a data set is large enough to find the order.
 */

/** How labels follow from the values x_t, …, x_{t-order}, each 0 .. base-1. */
type Rule = 'digits' | 'parity' | 'sum' | 'random';

export interface Recipe {
  rule: Rule;
  base: number;
  order: number;
  /** Share of the labels that are replaced by a uniformly random class. */
  noise: number;
  /** "transposed": one sequence for each position. "reshaped": the flat stream of all rows, cut as if time were the other axis. */
  layout: 'right' | 'transposed' | 'reshaped';
  /** "numbers": the digit itself; "tokens": one-hot; "continuous": uniform within the digit's interval, so that bins have to find it. */
  inputs: 'numbers' | 'tokens' | 'continuous';
  /** Features beside the one that labels depend on, of the same distribution, that tell nothing; none where inputs are tokens. */
  irrelevant?: number;
  steps: number;
  rowLength: number;
  seed: number;
}

export function classesOf({ rule, base, order }: Recipe): number {
  switch (rule) {
    case 'digits':
      return base ** (order + 1);
    case 'sum':
      return (order + 1) * (base - 1) + 1;
    default:
      return base;
  }
}

/** The label that `context`, the values from the oldest to the present as digits of one number, gives without noise. */
export function labelOf({ rule, base, order }: Recipe, context: number): number {
  if (rule === 'digits') return context;
  let sum = 0;
  for (let k = 0, rest = context; k <= order; k++, rest = Math.floor(rest / base)) sum += rest % base;
  return rule === 'parity' ? sum % base : sum;
}

/**
 * Whether the data hold enough evidence to find the order: with K = base^(order+1) contexts and δ nats a label that the
 * last needed value brings beside all nearer ones, at least 10 labels for each context, and in all 100 nats, 5 more for
 * each context and ln(C)/2 for each label that is noise.
 */
export function holdsEvidence(recipe: Recipe): boolean {
  const contexts = recipe.base ** (recipe.order + 1);
  const rows = Math.floor(recipe.steps / recipe.rowLength);
  const labels = rows * (recipe.rowLength - recipe.order);
  const gain = entropyAt(recipe, recipe.order) - entropyAt(recipe, recipe.order + 1);
  return (
    labels >= 10 * contexts &&
    labels * gain >= 100 + 5 * contexts + (labels * recipe.noise * Math.log(classesOf(recipe))) / 2
  );
}

/** H(y | the present and the last depth-1 values) in closed form, noise included. */
export function entropyAt(recipe: Recipe, depth: number): number {
  const { base, order, noise, rule } = recipe;
  const classes = classesOf(recipe);
  if (rule === 'random') return Math.log(classes);
  const groups = base ** Math.min(depth, order + 1);
  const perGroup = base ** (order + 1) / groups;
  let sum = 0;
  for (let group = 0; group < groups; group++) {
    const counts = new Map<number, number>();
    for (let older = 0; older < perGroup; older++) {
      const label = labelOf(recipe, older * groups + group);
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    for (const count of counts.values()) sum += surprise((count / perGroup) * (1 - noise) + noise / classes);
    sum += (classes - counts.size) * surprise(noise / classes);
  }
  return sum / groups;
}

function surprise(probability: number): number {
  return probability > 0 ? -probability * Math.log(probability) : 0;
}
