import { signal } from '@preact/signals';

/** What is shown: a view, something in it, and how its list is narrowed. In the fragment, which is never sent to a server. */
export interface Route {
  view: string;
  id: string | null;
  filter: Record<string, string>;
}

export const route = signal(readRoute());

addEventListener('hashchange', () => {
  route.value = readRoute();
});

export function href(view: string, id?: string | null, filter: Record<string, string | undefined> = {}): string {
  const given = Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const query = new URLSearchParams(given).toString();
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}${query && `?${query}`}`;
}

export function goTo(...to: Parameters<typeof href>): void {
  location.hash = href(...to);
}

/** Forgets what was shown: it is not for whoever signs in next. */
export function goHome(): void {
  history.replaceState(null, '', location.pathname);
  route.value = readRoute();
}

function readRoute(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', id] = path.split('/');
  return { view, id: id ? decoded(id) : null, filter: Object.fromEntries(new URLSearchParams(query)) };
}

/** Null for what `href` never writes: addresses are typed, too, and cut where they are copied. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
