/**
 * The colours of charts, as the styles define them for the theme that is shown.
 */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Of curves side by side. Each differs from the others in lightness as well. */
export const curveColours = [
  'curve-1',
  'curve-2',
  'curve-3',
  'curve-4',
  'curve-5',
  'curve-6',
  'curve-7',
  'curve-8',
] as const;
