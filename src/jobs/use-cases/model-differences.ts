/**
 * Where two models differ in what their weights are: layer by layer, in words.
 */
import { storedShape } from '../../checkpoints/format/stored-shape.ts';
import type { ModelDescription } from '../../model/description.ts';
import { parameterSegments } from '../../model/parameters.ts';

/** Each in words that follow "but"; nothing: the weights of one are weights of the other. */
export function differencesOf(ours: ModelDescription, theirs: ModelDescription): string[] {
  if (ours.layers.length !== theirs.layers.length) {
    return [`that has ${layersOf(theirs)}, and this job ${layersOf(ours)}`];
  }
  const kinds = ours.layers.flatMap((layer, l) =>
    layer.kind === theirs.layers[l].kind
      ? []
      : [`layer ${l + 1} is ${named(theirs.layers[l].kind)} there and ${named(layer.kind)} in this job`],
  );
  if (kinds.length > 0) return kinds;
  const there = parameterSegments(theirs);
  const shapes = parameterSegments(ours).flatMap(({ layer, name, shape }, s) => {
    const other = there[s].shape;
    if (String(shape) === String(other)) return [];
    return [
      `the ${name === 'recurrent' ? 'recurrent kernel' : name} of ${layerName(ours, layer)} is [${other}] there and [${shape}] in this job`,
    ];
  });
  if (shapes.length > 0) return shapes;
  if (ours.head.at !== theirs.head.at) {
    const [first, second] = [theirs, ours].map(({ head }) =>
      head.at === 'end' ? 'at the end of sequences' : 'on each step',
    );
    return [`its labels are ${first}, and those of this job ${second}`];
  }
  const [mine, other] = [ours, theirs].map((model) => JSON.stringify(storedShape(model)));
  return mine === other ? [] : [`its layers are ${other}, and those of this job ${mine}`];
}

function layerName({ layers }: ModelDescription, layer: number): string {
  return layer < layers.length ? `layer ${layer + 1} (${layers[layer].kind})` : 'the softmax layer';
}

function layersOf({ layers }: ModelDescription): string {
  return `${layers.length} layer${layers.length === 1 ? '' : 's'}`;
}

function named(kind: string): string {
  return `${/^[aeioul]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
