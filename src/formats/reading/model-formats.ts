/**
 * The formats of files that a model is read from.
 */
export const modelFormats = ['tfjs', 'keras', 'safetensors'] as const;
export type ModelFormat = (typeof modelFormats)[number];
