/**
 * The names of a checkpoint's files.
 */
export const manifestFile = 'manifest.json';
export const modelFile = 'model.json';
export const weightsFile = 'weights.bin';
export const trainingFile = 'training.json';
export const trainingArraysFile = 'training.bin';

/** Those that the manifest holds to their checksums. */
const contentFiles = [modelFile, weightsFile, trainingFile, trainingArraysFile] as const;

export const checkpointFiles = [manifestFile, ...contentFiles] as const;
