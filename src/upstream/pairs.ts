// pure
import { type PlaceholderValues, substitute } from '../requests/placeholders.ts';
import { formEncode, percentEncode } from './encode.ts';

/** How names are built and texts are encoded. */
interface PairFormat {
  /** An array in a query repeats its name; in a form each item has its index in brackets. */
  indexed: boolean;
  encode: (text: string) => string;
}

const QUERY: PairFormat = { indexed: false, encode: percentEncode };
const FORM: PairFormat = { indexed: true, encode: formEncode };

/** `params` as a query string without its `?`: `tag=a&tag=b&range[from]=1`. Null is left out. */
export function encodeQuery(params: object, values: PlaceholderValues): string {
  return encodePairs(params, values, QUERY, ['input', 'params']);
}

/** `data` as a form: `metadata[key]=v&items[0][id]=w`. Null is left out. */
export function encodeForm(data: object, values: PlaceholderValues): string {
  return encodePairs(data, values, FORM, ['input', 'data']);
}

function encodePairs(object: object, values: PlaceholderValues, format: PairFormat, path: (string | number)[]): string {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(object)) {
    path.push(key);
    addPairs(value, format.encode(key), pairs, values, format, path);
    path.pop();
  }
  return pairs.join('&');
}

function addPairs(
  value: unknown,
  name: string,
  pairs: string[],
  values: PlaceholderValues,
  format: PairFormat,
  path: (string | number)[],
): void {
  if (value === null || value === undefined) return;
  if (typeof value !== 'object') {
    const text = typeof value === 'string' ? substitute(value, path, values) : String(value);
    pairs.push(`${name}=${format.encode(text)}`);
    return;
  }
  const isArray = Array.isArray(value);
  for (const [key, item] of Object.entries(value)) {
    path.push(isArray ? Number(key) : key);
    const itemName = isArray && !format.indexed ? name : `${name}[${format.encode(key)}]`;
    addPairs(item, itemName, pairs, values, format, path);
    path.pop();
  }
}
