// pure
/**
 * Many rows in one statement: each column travels as one array, and `unnest` lays them side by side again. The number of
 * parameters, and so the prepared plan, stays the same whatever the number of rows.
 */
export interface RowArrays<Row> {
  /** `unnest($1::uuid[], …)`, the parameters counted from 1. */
  readonly unnest: string;
  /**
   * `limit cardinality($1)`, which limits nothing. The planner takes `unnest` for ten rows, and a limit that it cannot know
   * for a tenth: for one row it looks up the others by their keys, where for ten it would rather walk a table that was small.
   */
  readonly limit: string;
  /** `application_id, id, …`: the names to give its columns. */
  readonly names: string;
  /** How many parameters it takes; others of the statement come after. */
  readonly size: number;
  /** The parameters, in order: array literals, which cost a third of what the drivers take to make them. */
  values(rows: readonly Row[]): string[];
}

/** Types whose values hold nothing that means something in an array literal. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(['uuid', 'integer', 'boolean', 'timestamptz']);

/** `columns` gives each property's type in Postgres, in order. Types that drivers write differently (json) travel as text. */
export function rowArrays<Row>(columns: Readonly<Record<keyof Row & string, string>>): RowArrays<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[]; // the record's keys are just these
  return {
    unnest: `unnest(${names.map((name, index) => `$${index + 1}::${columns[name]}[]`).join(', ')})`,
    limit: 'limit cardinality($1)',
    names: names.join(', '),
    size: names.length,
    values: (rows) =>
      names.map((name) => {
        const isPlain = PLAIN_TYPES.has(columns[name]);
        let literal = '{';
        for (const row of rows) literal += (literal === '{' ? '' : ',') + element(row[name], isPlain);
        return `${literal}}`;
      }),
  };
}

function element(value: unknown, isPlain: boolean): string {
  if (value === null) return 'NULL';
  const text = String(value);
  return isPlain ? text : `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
}
