/**
 * A list that the service gives page by page: some at once, and as many more each time that somebody asks.
 */
import { useSignal } from '@preact/signals';
import { everyPage, type Page } from '../../client/client.ts';
import { useRemote } from './remote.ts';

export interface PagedList<Item> {
  /** Absent until they are read. */
  items?: readonly Item[];
  hasMore: boolean;
  /** Why the last reading failed. */
  message?: string;
  reload: () => void;
  more: () => void;
}

const pageLength = 100;

/** @param depends what the reading depends on, as text. @param atOnce items that are read at first, and each time more. */
export function usePages<Item>(
  ask: (options: { limit: number; cursor?: string }) => Promise<Page<Item>>,
  depends: string,
  atOnce = pageLength,
): PagedList<Item> {
  const pages = useSignal(1);
  const wanted = pages.value * atOnce;
  const read = async () => {
    const items: Item[] = [];
    for await (const item of everyPage((cursor) => ask({ limit: pageLength, cursor }))) {
      // The one beyond tells that there are more.
      if (items.length === wanted) return { items, hasMore: true };
      items.push(item);
    }
    return { items, hasMore: false };
  };
  const { value, message, reload } = useRemote(read, `${depends} ${pages.value}`);
  const more = () => {
    pages.value++;
  };
  return { items: value?.items, hasMore: value?.hasMore ?? false, message, reload, more };
}

export function MoreButton({ list }: { list: Pick<PagedList<unknown>, 'hasMore' | 'more'> }) {
  if (!list.hasMore) return null;
  return (
    <button type="button" class="button small" onClick={list.more}>
      More
    </button>
  );
}
