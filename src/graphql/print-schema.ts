import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { schema } from './schema.ts';

/** The schema as `schema.graphql` holds it. */
export function printedSchema(): string {
  return `${printSchema(schema)}\n`;
}

// `npm run schema:print` writes it.
if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('../../schema.graphql', import.meta.url), printedSchema());
}
