/**
 * The shape of labels: what the spec, held-out parts, samples and reports all have to know of them, passed on as one.
 */
import type { LabelPlace } from '../model/description.ts';
import type { DatasetSheet } from './datasets/sheet.ts';

export interface LabelShape {
  /** C */
  classes: number;
  labelsAt: LabelPlace;
}

export function labelShapeOf({ labels }: Pick<DatasetSheet, 'labels'>): LabelShape {
  return { classes: labels.names.length, labelsAt: labels.at };
}
