// pure
import { z } from 'zod';
import { nameFault } from '../applications/names.ts';
import { EgressRefusal } from '../egress/egress-refusal.ts';
import { parseAllowedUrl, sampleOf } from './allowed-url.ts';
import { HTTP_METHODS, SECRET_PLACEMENTS, type SecretPlacement } from './client-secret.ts';
import { secretValueFault } from './secret-value.ts';

/** Throws an `EgressRefusal` for what can be seen never to be reachable. */
export type CheckUrl = (url: string) => unknown;

/** Characters of single texts and entries of lists: generous, and a row still keeps a sane size. */
const MAX = { name: 255, url: 2_048, clientId: 1_000, notes: 10_000, urls: 100, tags: 50, accesses: 1_000 };
const DEFAULT_PLACEMENTS: readonly SecretPlacement[] = ['HEADERS'];

const canEdit = z
  .boolean('must be true or false')
  .nullish()
  .transform((value) => value ?? false);
const userAccess = z.object({ username: textWithout(nameFault), canEdit });
const groupAccess = z.object({ name: textWithout(nameFault), canEdit });

type Inputs = ReturnType<typeof clientSecretInputs>;
export type CreateClientSecret = z.output<Inputs['create']>;
/** What is undefined stays as it is. */
export type UpdateClientSecret = z.output<Inputs['update']>;

/** The inputs of the operations on client secrets, without IDs. Null clears an optional field to what it is unless told. */
export function clientSecretInputs(checkUrl: CheckUrl) {
  const clientSecret = textWithout(secretValueFault);
  const required = {
    name: line(MAX.name),
    allowedUrls: list(
      textWithout((entry) => allowedUrlFault(entry, checkUrl)),
      MAX.urls,
    ).min(1, 'must have at least one URL'),
  };
  const placements = list(z.enum(SECRET_PLACEMENTS, 'must be a placement'), 100)
    .min(1, 'must have at least one placement')
    .transform(withoutRepeats);
  const optional = {
    clientId: clearable(line(MAX.clientId), null),
    allowedMethods: clearable(list(z.enum(HTTP_METHODS, 'must be a method'), 100).transform(withoutRepeats), []),
    allowedPlacements: clearable(placements, DEFAULT_PLACEMENTS),
    identifierCode: clearable(line(MAX.name), null),
    tags: clearable(list(line(MAX.name), MAX.tags).transform(withoutRepeats), []),
    notes: clearable(text(MAX.notes), null),
    usersAllowed: clearable(
      accesses(userAccess, (access) => access.username),
      [],
    ),
    groupsAllowed: clearable(
      accesses(groupAccess, (access) => access.name),
      [],
    ),
  };
  // Not clearable in an update: a null that opens a locked secret would be a trap.
  const locked = z.boolean('must be true or false');

  return {
    create: z.object({ ...required, ...optional, locked: locked.nullish(), clientSecret }).transform((input) => ({
      ...input,
      locked: input.locked ?? false,
      clientId: input.clientId ?? null,
      allowedMethods: input.allowedMethods ?? [],
      allowedPlacements: input.allowedPlacements ?? DEFAULT_PLACEMENTS,
      identifierCode: input.identifierCode ?? null,
      tags: input.tags ?? [],
      notes: input.notes ?? null,
      usersAllowed: input.usersAllowed ?? [],
      groupsAllowed: input.groupsAllowed ?? [],
    })),
    update: z.object({ ...required, ...optional, locked }).partial(),
    rotate: z.object({ clientSecret }),
  };
}

/** Undefined stays so; null becomes `empty`. */
function clearable<T, Empty>(schema: z.ZodType<T>, empty: Empty) {
  return schema
    .nullable()
    .transform((value) => value ?? empty)
    .optional();
}

function list<T>(entry: z.ZodType<T>, max: number) {
  return z.array(entry, 'must be a list').max(max, `must have at most ${max} entries`);
}

/** `faultOf` says what is wrong with a text, or null. */
function textWithout(faultOf: (text: string) => string | null) {
  return z.string('must be a string').superRefine((value, context) => {
    const fault = faultOf(value);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
}

/** A text that Postgres keeps as it is: no NUL, no halves of surrogate pairs. */
function text(max: number) {
  return z
    .string('must be a string')
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !/[\0\p{Cs}]/u.test(value), 'must not contain NUL or malformed Unicode');
}

function line(max: number) {
  return text(max)
    .min(1, 'must not be empty')
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters');
}

/** Users or groups, each once: two entries for one of them could say two things. */
function accesses<Access>(entry: z.ZodType<Access>, nameOf: (access: Access) => string) {
  return list(entry, MAX.accesses).superRefine((entries, context) => {
    const seen = new Set<string>();
    entries.forEach((access, index) => {
      const name = nameOf(access);
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [index], message: 'is listed twice' });
      seen.add(name);
    });
  });
}

function allowedUrlFault(entry: string, checkUrl: CheckUrl): string | null {
  if (entry.length > MAX.url) return `must have at most ${MAX.url} characters`;
  const parsed = parseAllowedUrl(entry);
  if (typeof parsed === 'string') return parsed;
  try {
    checkUrl(sampleOf(parsed));
    return null;
  } catch (error) {
    if (error instanceof EgressRefusal) return `is refused: ${error.message}`;
    throw error;
  }
}

function withoutRepeats<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
