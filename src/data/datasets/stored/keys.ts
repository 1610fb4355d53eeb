/**
 * Where a dataset lies in the store, and the names of its files.
 */
import { areas } from '../../../storage/areas.ts';
import { type Key, keyOf } from '../../../storage/key.ts';

export const datasetFiles = { offsets: 'offsets.bin', inputs: 'inputs.bin', labels: 'labels.bin', sheet: 'sheet.json' };

/** Under which each dataset has a key of its own. */
export const datasetArea: Key = areas.datasets;

/** @param id which has been checked: see `datasetId`. */
export function datasetKey(id: string, file?: string): Key {
  return file === undefined ? keyOf(datasetArea, id) : keyOf(datasetArea, id, file);
}
