/**
 * The names of a dataset's files.
 */
export const datasetFiles = { offsets: 'offsets.bin', inputs: 'inputs.bin', labels: 'labels.bin', sheet: 'sheet.json' };
