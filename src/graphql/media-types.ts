import { createLru } from '../cache.ts';

export const RESPONSE_JSON = 'application/graphql-response+json';
export const PLAIN_JSON = 'application/json';
export const EVENT_STREAM = 'text/event-stream';

/** What a client takes: its choice for one result, and whether it takes a stream. Null where it takes no JSON. */
export interface Accepted {
  json: typeof RESPONSE_JSON | typeof PLAIN_JSON | null;
  stream: boolean;
  /** It would rather show a page. */
  html: boolean;
}

// A few headers come again and again.
const remembered = createLru<string, Accepted>(200);

/** An empty header is as none. */
export function readAccept(header: string = ''): Accepted {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const types = (header.trim() || '*/*')
    .toLowerCase()
    .split(',')
    .map(readType)
    .filter(({ quality }) => quality > 0)
    // Stable: equal qualities keep the client's order.
    .sort((a, b) => b.quality - a.quality)
    .map(({ type }) => type);
  const json = types.map(toJson).find((type) => type !== null) ?? null;
  const accepted = {
    json,
    stream: types.some((type) => type === EVENT_STREAM || type === 'text/*' || type === '*/*'),
    html: types.includes('text/html'),
  };
  if (header.length <= 500) remembered.set(header, accepted);
  return accepted;
}

function toJson(type: string): Accepted['json'] {
  if (type === RESPONSE_JSON) return RESPONSE_JSON;
  return type === PLAIN_JSON || type === 'application/*' || type === '*/*' ? PLAIN_JSON : null;
}

function readType(text: string): { type: string; quality: number } {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
}
