import { KeyholeError } from '../errors.ts';
import type { Context } from './context.ts';

/** Of responses that one operation may load: their answer is one text, of which V8 makes none above 512 MiB. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** What `load` gives, where there is room for it. Throws QUERY_TOO_COMPLEX where there is none, once so much is loaded. */
export async function loadText<T>(
  context: Context,
  load: () => Promise<T>,
  charactersOf: (loaded: T) => number,
): Promise<T> {
  requireRoom(context);
  const loaded = await load();
  context.charactersLoaded = (context.charactersLoaded ?? 0) + charactersOf(loaded);
  requireRoom(context);
  return loaded;
}

function requireRoom({ charactersLoaded = 0 }: Context): void {
  if (charactersLoaded <= MAX_CHARACTERS) return;
  throw new KeyholeError(
    'QUERY_TOO_COMPLEX',
    'The operation asks for more text of responses than one answer may have: ask for fewer.',
  );
}
