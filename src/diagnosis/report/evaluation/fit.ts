/**
 * Whether a dataset fits a model that was trained on other data: the same kind of inputs, the features that it knows,
 * and no label or string that it has never met.
 */
import type { DatasetSheet } from '../../../data/datasets/sheet.ts';
import { symbolsOf } from '../../../data/encoding/encoder.ts';
import type { Encoding } from '../../../data/training-data.ts';
import type { ModelDescription } from '../../../model/description.ts';
import { show } from '../../../platform/input/shown.ts';

/** Names that a refusal lists. */
const listed = 5;

/** What does not fit, each in words that follow "the dataset"; nothing: it fits. */
export function misfitsOf(
  { inputs, labels: dataset }: DatasetSheet,
  encoding: Encoding,
  { head }: ModelDescription,
): string[] {
  const misfits = inputMisfits(inputs, encoding.inputs);
  if (dataset.at !== head.at) {
    misfits.push(
      dataset.at === 'end'
        ? 'has one label for each sequence, where the model gives one to each step'
        : 'has labels on its steps, where the model gives one to each sequence',
    );
  }
  const known = classOfName(encoding, head.classes);
  const unknown = dataset.names.filter((name) => known(name) === undefined);
  if (unknown.length > 0) misfits.push(`has ${shown(unknown, 'label')} that the model does not know`);
  return misfits;
}

function inputMisfits(inputs: DatasetSheet['inputs'], encoder: Encoding['inputs']): string[] {
  if (inputs.kind !== encoder.kind) return [`holds ${inputs.kind}, where the model was trained on ${encoder.kind}`];
  if (inputs.kind === 'strings' && encoder.kind === 'strings') {
    if (encoder.unknown === 'unk') return [];
    const known = new Set(symbolsOf(encoder));
    const unknown = inputs.vocabulary.filter((text) => !known.has(text));
    return unknown.length > 0 ? [`has ${shown(unknown, 'string')} that training did not know`] : [];
  }
  if (inputs.kind !== 'numbers' || encoder.kind !== 'numbers') return [];
  const { features, names, fill } = encoder;
  if (inputs.features.length !== features) {
    const called = names
      ? ` (${names.slice(0, listed).map(show).join(', ')}${names.length > listed ? ', …' : ''})`
      : '';
    return [`has ${inputs.features.length} features, where the model was trained on ${features}${called}`];
  }
  const others = inputs.features.flatMap(({ name }, i) =>
    name !== null && names && name !== names[i]
      ? [`has ${show(name)} as feature ${i + 1}, where the model was trained on ${show(names[i])}`]
      : [],
  );
  const isIncomplete = !fill && inputs.features.some(({ missing }) => missing > 0);
  return isIncomplete ? [...others, 'has missing values, which the model does not know'] : others;
}

/** The class that the model knows a label as: by name, or where classes have no names by number. */
export function classOfName({ labels }: Encoding, classes: number): (name: string | number) => number | undefined {
  if (!labels) {
    return (name) =>
      typeof name === 'number' && Number.isInteger(name) && name >= 0 && name < classes ? name : undefined;
  }
  const known = new Map(labels.map((name, c) => [String(name), c]));
  return (name) => known.get(String(name));
}

function shown(names: readonly (string | number)[], noun: string): string {
  const others = names.length - listed;
  const list = names.slice(0, listed).map(show).join(', ');
  return `the ${noun}${names.length === 1 ? '' : 's'} ${list}${others > 0 ? ` and ${others} more` : ''}`;
}
