/**
 * Opens a group, uses and closes it: one of as many at once as a process may have files open.
 */
import { withOpenFiles } from '../platform/files/disk.ts';
import type { OpenGroup } from './blob-store.ts';

export function withOpened<Group extends OpenGroup, T>(
  open: () => Promise<Group>,
  use: (group: Group) => Promise<T>,
): Promise<T> {
  return withOpenFiles(async () => {
    const group = await open();
    try {
      return await use(group);
    } finally {
      await group.close();
    }
  });
}
