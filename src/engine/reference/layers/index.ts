/**
 * The kinds of layers that the reference engine knows.
 */
import type { LayerKind } from '../../../model/layers/index.ts';
import type { ReferenceLayer } from './layer.ts';
import { referenceLstm } from './lstm.ts';

export const layers: Record<LayerKind, ReferenceLayer> = { lstm: referenceLstm };
