// pure
import { invalidParameter } from '../errors.ts';
import type { SecretPlacement } from '../secrets/client-secret.ts';
import { formatPath } from './parameter-path.ts';
import { type PlaceholderName, parseSegments } from './placeholders.ts';
import type { Submission } from './request.ts';
import { splitUrl } from './request-url.ts';

/** What of a submission may have placeholders in it. */
export type PlaceholderHost = Pick<Submission, 'url' | 'method' | 'headers' | 'body'>;

/** The first place of its kind where a placeholder stands. */
export interface PlaceholderUse {
  name: PlaceholderName;
  placement: SecretPlacement;
  /** In the path of the URL; the rest of URL is its query. */
  inPath: boolean;
  inBase64: boolean;
  /** `input.data.token` */
  parameter: string;
}

/** Far above any real need: each can grow by the length of a secret, and a request of 1 MiB has room for 75,000. */
const MAX_PLACEHOLDERS = 1000;

/** `data` goes with these, `params` with the others. */
export function takesData(method: Submission['method']): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/**
 * Every way in which a submission uses placeholders, at most one of each kind. Keys are never looked into.
 * Throws INVALID_PARAMETER for a `$BASE64(…)` that is none, and at `input` for more than 1,000 placeholders.
 */
export function usesOf(host: PlaceholderHost): PlaceholderUse[] {
  const collector = new UseCollector();
  const url = host.url.includes('$') ? splitUrl(host.url) : null;
  if (url !== null) {
    collector.addText(url.path, 'URL', true, ['input', 'url']);
    collector.addText(url.query, 'URL', false, ['input', 'url']);
  }
  if (host.headers !== null) collector.addJson(host.headers, 'HEADERS', ['input', 'headers']);
  if (takesData(host.method)) collector.addJson(host.body, 'DATA', ['input', 'data']);
  else collector.addJson(host.body, 'PARAMS', ['input', 'params']);
  return collector.uses;
}

class UseCollector {
  readonly uses: PlaceholderUse[] = [];
  private count = 0;

  /** `path` is used as scratch, and comes back as it was. */
  addJson(value: unknown, placement: SecretPlacement, path: (string | number)[]): void {
    if (typeof value === 'string') {
      if (value.includes('$')) this.addText(value, placement, false, path);
    } else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        path.push(index);
        this.addJson(value[index], placement, path);
        path.pop();
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        path.push(key);
        // Any object can be read by its own keys.
        this.addJson((value as Record<string, unknown>)[key], placement, path);
        path.pop();
      }
    }
  }

  addText(text: string, placement: SecretPlacement, inPath: boolean, path: readonly (string | number)[]): void {
    for (const segment of parseSegments(text, path)) {
      if (segment.kind === 'text') continue;
      const inBase64 = segment.kind === 'base64';
      for (const inner of inBase64 ? segment.segments : [segment]) {
        if (inner.kind === 'placeholder') this.add(inner.name, placement, inPath, inBase64, path);
      }
    }
  }

  private add(
    name: PlaceholderName,
    placement: SecretPlacement,
    inPath: boolean,
    inBase64: boolean,
    path: readonly (string | number)[],
  ): void {
    if (++this.count > MAX_PLACEHOLDERS) {
      throw invalidParameter('input', `More than ${MAX_PLACEHOLDERS} placeholders.`);
    }
    for (const use of this.uses) {
      if (use.name === name && use.placement === placement && use.inPath === inPath && use.inBase64 === inBase64) {
        return;
      }
    }
    this.uses.push({ name, placement, inPath, inBase64, parameter: formatPath(path) });
  }
}
