import { z } from 'zod';

/** Reads of one setting: its text, or undefined where the environment does not have it. An empty text counts as not set. */
const optional = z.string().optional();

export function integer<T extends number | null>(min: number, max: number, otherwise: T) {
  return optional.transform((text, context): number | T => {
    if (text === undefined) return otherwise;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });
}

/** Undefined where it is not set: what that means may depend on other settings. */
export const flag = optional.transform((text, context) => {
  if (text === undefined) return undefined;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  context.addIssue({ code: 'custom', message: 'must be true or false' });
  return z.NEVER;
});

export const list = optional.transform((text) =>
  (text ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

export const text = optional.transform((value) => value ?? null);

/** For a list: says by its place which entry `parse` throws at, since it may not be repeated. */
export function refuseEntries(parse: (entry: string) => unknown) {
  return (entries: readonly string[], context: z.RefinementCtx): void => {
    entries.forEach((entry, index) => {
      try {
        parse(entry);
      } catch (error) {
        const fault = error instanceof Error ? error.message : 'malformed';
        context.addIssue({ code: 'custom', message: `entry ${index + 1} is ${fault}` });
      }
    });
  };
}
