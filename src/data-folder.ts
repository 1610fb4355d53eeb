/**
 * What lies where in the data folder.
 */
import path from 'node:path';

export const folders = (data: string) => ({
  checkpoints: path.join(data, 'checkpoints'),
  datasets: path.join(data, 'datasets'),
  redis: path.join(data, 'redis'),
});
