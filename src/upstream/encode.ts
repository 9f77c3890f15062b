// pure
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu;
const SUB_DELIMITERS = /[!'()*]/g;

/** Percent-encoding of all but the unreserved characters of RFC 3986, for a path segment and for a query. */
export function percentEncode(text: string): string {
  // encodeURIComponent throws at what is no Unicode, and its error could be met far from here.
  return encodeURIComponent(text.replace(LONE_SURROGATE, '\uFFFD')).replace(SUB_DELIMITERS, percentEncodeAscii);
}

/** As the URL standard serialises application/x-www-form-urlencoded: a space is `+`. */
export function formEncode(text: string): string {
  return percentEncode(text).replace(/%20/g, '+').replace(/%2A/g, '*').replace(/~/g, '%7E');
}

function percentEncodeAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
