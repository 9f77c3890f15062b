// pure
import { type KeyholeError, notFound } from '../errors.ts';

/** The one answer for a secret that is not there and one that is not the caller's: nobody learns which (BEHAVIOUR 2). */
export function noSuchClientSecret(): KeyholeError {
  return notFound('There is no such client secret');
}

/** Whether Postgres can hold a text as it is; otherwise no row can match it. */
export function isStorableText(text: string): boolean {
  return !/[\0\p{Cs}]/u.test(text);
}
