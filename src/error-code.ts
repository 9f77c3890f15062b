// pure
/** The code that Node, pg and Postgres give an error; empty for one that has none, and for what is no error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
