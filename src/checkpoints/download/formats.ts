/**
 * The formats in which a model can be taken away. Each takes every model that can be trained.
 */

/** The first is what comes where none is asked for. */
export const downloadFormats = ['tfjs', 'keras', 'onnx', 'safetensors'] as const;
export type DownloadFormat = (typeof downloadFormats)[number];
