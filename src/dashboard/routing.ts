/**
 * Addresses within the page. They lie behind `#`, so that the service need not know them and each can be kept as a link.
 */
import { signal } from '@preact/signals';

export interface Route {
  /** As in `['jobs', 'job_…']`. */
  path: readonly string[];
  query: URLSearchParams;
}

type Fields = Readonly<Record<string, string | undefined>>;

export const route = signal(routeOf(location.hash));

window.addEventListener('hashchange', () => {
  route.value = routeOf(location.hash);
  window.scrollTo(0, 0);
});

function routeOf(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) };
}

/** The address of a view; fields that are not given are left out. */
export function href(path: readonly string[], fields: Fields = {}): string {
  const query = new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  ).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`;
}

export function go(path: readonly string[], fields: Fields = {}): void {
  location.hash = href(path, fields);
}

/** Changes fields of the address without a step back in the history; undefined removes one. */
export function setQuery(changes: Fields): void {
  const { path, query } = route.peek();
  const fields = { ...Object.fromEntries(query), ...changes };
  history.replaceState(null, '', href(path, fields));
  route.value = routeOf(location.hash);
}
