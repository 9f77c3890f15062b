// pure
/** Names of users and groups have at most so many characters, wherever they come from. */
const MAX_NAME_LENGTH = 255;

/** What is wrong with a name, or null. Malformed Unicode counts: written to the database it would turn into another name. */
export function nameFault(name: string): string | null {
  if (name === '') return 'must not be empty';
  if (name.length > MAX_NAME_LENGTH) return `must have at most ${MAX_NAME_LENGTH} characters`;
  if (/[\p{Cc}\p{Cs}]/u.test(name)) return 'must not contain control characters or malformed Unicode';
  return null;
}
