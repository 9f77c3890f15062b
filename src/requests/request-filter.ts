// pure
import { HTTP_METHODS } from '../secrets/client-secret.ts';
import { checkText } from './json-value.ts';
import type { RequestFilter, RequestRecord } from './request.ts';
import { targetOf } from './target.ts';

/** Throws INVALID_PARAMETER at `filter.queue` and the like for a text that no request can have. */
export function checkFilter(filter: RequestFilter): void {
  for (const field of ['url', 'queue', 'clientSecretName'] as const) {
    const text = filter[field];
    if (text !== null && text !== undefined) checkText(text, ['filter', field]);
  }
}

/** The targets that a filter by URL means: one with a method, else one for each. Null without a URL. */
export function targetsOf({ url, method }: RequestFilter): string[] | null {
  if (url === null || url === undefined) return null;
  return (method ? [method] : HTTP_METHODS).map((each) => targetOf(url, each, 'filter.url'));
}

/** Tells which requests a filter lets through. Throws as `checkFilter`, and at `filter.url` for what is no URL. */
export function matcherOf(filter: RequestFilter): (record: RequestRecord) => boolean {
  checkFilter(filter);
  const targets = targetsOf(filter);
  const { method, queue, status, clientSecretName } = filter;
  return (record) =>
    (targets === null || targets.includes(record.target)) &&
    isAsked(method, record.method) &&
    isAsked(queue, record.queue) &&
    isAsked(status, record.status) &&
    isAsked(clientSecretName, record.clientSecretName);
}

function isAsked(wanted: string | null | undefined, value: string | null): boolean {
  return wanted === null || wanted === undefined || wanted === value;
}
