/**
 * The names of a checkpoint's files.
 */
export const manifestFile = 'manifest.json';
export const modelFile = 'model.json';
export const weightsFile = 'weights.bin';
export const trainingFile = 'training.json';
export const trainingArraysFile = 'training.bin';

export const checkpointFiles = [manifestFile, modelFile, weightsFile, trainingFile, trainingArraysFile] as const;
