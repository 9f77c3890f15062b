// pure
const REDACTED = '[secret]';
/** What Node's `util.inspect` and `console.log` call. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/**
 * The plaintext of a client secret. However it is printed (template, JSON, `console.log`, a logger, a clone sent to a
 * worker) the text does not come along: `reveal()` is the one way out, so that a search for it finds every use.
 */
export class SecretValue {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. Keep it in one function's scope: never store it, log it, or put it into an error. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [INSPECT](): string {
    return REDACTED;
  }
}

const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 10_000;
const MIN_CHARACTERS_TO_SHOW_ANY = 16;
const SHOWN_CHARACTERS = 4;
const MASK = '••••••••';

/**
 * Why a text cannot be kept as a client secret, or null where it can (BEHAVIOUR 2). A character is a code point. Control
 * characters could break out of a header or a log line; halves of surrogate pairs would come back as another text.
 */
export function secretValueFault(text: string): string | null {
  // A code point takes at most two units: nothing longer is worth counting.
  const characters = text.length > 2 * MAX_CHARACTERS ? Number.POSITIVE_INFINITY : countCharacters(text);
  if (characters > MAX_CHARACTERS) return `must have at most ${MAX_CHARACTERS} characters`;
  if (characters < MIN_CHARACTERS) return `must have at least ${MIN_CHARACTERS} characters`;
  // Spaces at the ends get lost on the way, and what is left must not be too short to be taken out of answers.
  if (countCharacters(text.trim()) < MIN_CHARACTERS) {
    return `must have at least ${MIN_CHARACTERS} characters, spaces at its ends not counted`;
  }
  if (/\p{Cc}/u.test(text)) return 'must not contain control characters, such as a line break at its end';
  if (/\p{Cs}/u.test(text)) return 'must be well-formed Unicode text';
  return null;
}

/** Enough to recognise a value by: its last 4 characters, none of a value shorter than 16. The mask's length tells nothing. */
export function maskSecret(text: string): string {
  const characters = [...text];
  return characters.length < MIN_CHARACTERS_TO_SHOW_ANY ? MASK : MASK + characters.slice(-SHOWN_CHARACTERS).join('');
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
