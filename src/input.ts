// pure
import type { z } from 'zod';
import { invalidParameter } from './errors.ts';
import { formatPath } from './requests/parameter-path.ts';

/**
 * `input` as `schema` makes it. Throws INVALID_PARAMETER for the first thing that is wrong, at its path below `root`
 * (`input.allowedUrls[0]`). Messages of schemas complete the sentence that the path begins, and repeat no value.
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, root = 'input'): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const steps = (issue?.path ?? []).filter((step) => typeof step !== 'symbol');
  const parameter = formatPath([root, ...steps]);
  throw invalidParameter(parameter, `${parameter} ${issue?.message ?? 'is not valid'}`);
}
