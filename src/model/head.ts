/**
 * The head of every model: a softmax layer. Its kernel is [H,C] and its bias [C], H being the width of the last layer.
 */
import type { HeadDescription } from './description.ts';
import { truncatedNormal } from './initializers.ts';
import type { Parameter } from './layers/index.ts';

/** Initial values as in the question's program. */
export function headParameters({ classes: C }: HeadDescription, H: number): Parameter[] {
  return [
    { name: 'kernel', shape: [H, C], initial: truncatedNormal },
    { name: 'bias', shape: [C], initial: truncatedNormal },
  ];
}

/** Floating-point operations for one row's step. */
export function headFlops({ classes: C }: HeadDescription, H: number): number {
  return 2 * H * C;
}
