const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** True where arrays and objects nest deeper than `levels`. Does not recurse, and does not ask whether the text is JSON. */
export function nestsDeeperThan(levels: number, text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = endOfString(text, at) - 1;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > levels) return true;
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
  return false;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Scrubs each string and each number of a JSON text by itself, so that it stays JSON where the secret was a number, however
 * that was written, or began or ended within an escape. All else stays as it is, to the byte.
 */
export function scrubJsonTokens(text: string, scrub: (text: string) => string): string {
  let scrubbed = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const end = endOfToken(text, at);
    if (end > at) {
      const token = text.slice(at, end);
      const clean = scrubToken(token, scrub);
      if (clean !== token) {
        scrubbed += text.slice(copied, at) + clean;
        copied = end;
      }
    }
    at = Math.max(end, at + 1);
  }
  return scrubbed + text.slice(copied);
}

function scrubToken(token: string, scrub: (text: string) => string): string {
  const clean = scrub(token);
  if (!token.startsWith('"')) return clean === token ? scrubNumber(token, scrub) : JSON.stringify(clean);
  if (clean === token || isJson(clean)) return clean;
  return JSON.stringify(scrub(String(JSON.parse(token))));
}

/** As it will be printed: `1e3` is `1000` then. */
function scrubNumber(token: string, scrub: (text: string) => string): string {
  const printed = String(Number(token));
  const clean = scrub(printed);
  return clean === printed ? token : JSON.stringify(clean);
}

/** End of the string or number that begins at `at`; `at` where none does. */
function endOfToken(text: string, at: number): number {
  if (text.charCodeAt(at) === QUOTE) return endOfString(text, at);
  let end = at;
  while (end < text.length && '+-.0123456789Ee'.includes(text.charAt(end))) end++;
  return end;
}

/** Behind the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
