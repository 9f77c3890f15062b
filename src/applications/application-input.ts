// pure
import { z } from 'zod';
import { EgressRefusal } from '../egress/egress-refusal.ts';
import type { UserTokenVerification } from './application.ts';
import { nameFault } from './names.ts';
import { normalizeOrigin } from './origins.ts';

/** Throws an `EgressRefusal` for what can be seen never to be reachable. */
export type CheckUrl = (url: string) => unknown;

const MAX_ORIGINS = 100;
const MAX_GROUPS = 100;
const MAX_URL_LENGTH = 2_048;
const SECOND_MS = 1_000;
const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

const name = z.string('must be a string').superRefine((text, context) => addFault(context, nameFault(text)));
const flag = z.boolean('must be true or false');

/** For as many as are given: each as browsers write it, once. */
const origins = z
  .array(z.string('must be a string'), 'must be a list')
  .max(MAX_ORIGINS, `must have at most ${MAX_ORIGINS} entries`)
  .transform((texts, context) => {
    const normalized = texts.map((text, index) => {
      const origin = normalizeOrigin(text);
      if (origin === null) addFault(context, 'must be an origin such as https://app.example, with no path', index);
      return origin ?? '';
    });
    return [...new Set(normalized)];
  });

const requestsPerMinute = z.int('must be a whole number').min(1, 'must be at least 1');

export const credentialInput = z.object({ label: name.nullish() });

export const userTokenInput = z.object({
  username: name,
  groups: z.array(name, 'must be a list').max(MAX_GROUPS, `must have at most ${MAX_GROUPS} entries`).nullish(),
  canCreateSecrets: flag.nullish(),
  expiresIn: z
    .int('must be a whole number')
    .min(SECOND_MS, 'must be at least 1000 milliseconds')
    .max(DAY_MS, 'must be at most 86400000 milliseconds, 24 hours')
    .nullish()
    .transform((value) => value ?? HOUR_MS),
});

type Inputs = ReturnType<typeof applicationInputs>;
export type CreateApplication = z.output<Inputs['create']>;
/** What is undefined stays as it is. */
export type UpdateApplication = z.output<Inputs['update']>;

/** The inputs of the operations on applications, without IDs. Null clears an optional field. */
export function applicationInputs(checkUrl: CheckUrl) {
  const userTokens: z.ZodType<UserTokenVerification> = z.object({
    issuer: name,
    audience: name,
    jwksUrl: z
      .string('must be a string')
      .max(MAX_URL_LENGTH, `must have at most ${MAX_URL_LENGTH} characters`)
      .superRefine((url, context) => addFault(context, urlFault(url, checkUrl))),
  });
  return {
    create: z.object({
      name,
      allowedOrigins: origins.nullish(),
      userTokens: userTokens.nullish(),
      requestsPerMinute: requestsPerMinute.nullish(),
    }),
    update: z.object({
      name: name.optional(),
      enabled: flag.optional(),
      allowedOrigins: origins
        .nullable()
        .transform((value) => value ?? [])
        .optional(),
      userTokens: userTokens.nullish(),
      requestsPerMinute: requestsPerMinute.nullish(),
    }),
  };
}

function urlFault(url: string, checkUrl: CheckUrl): string | null {
  try {
    checkUrl(url);
    return null;
  } catch (error) {
    if (error instanceof EgressRefusal) return `is refused: ${error.message}`;
    throw error;
  }
}

function addFault(context: z.RefinementCtx, fault: string | null, ...path: number[]): void {
  if (fault !== null) context.addIssue({ code: 'custom', message: fault, path });
}
