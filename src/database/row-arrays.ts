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
  /** The parameters, in order. */
  values(rows: readonly Row[]): unknown[];
}

/** `columns` gives each property's type in Postgres, in order. Types that drivers write differently (json) travel as text. */
export function rowArrays<Row>(columns: Readonly<Record<keyof Row & string, string>>): RowArrays<Row> {
  const names = Object.keys(columns) as (keyof Row & string)[]; // the record's keys are just these
  return {
    unnest: `unnest(${names.map((name, index) => `$${index + 1}::${columns[name]}[]`).join(', ')})`,
    limit: 'limit cardinality($1)',
    names: names.join(', '),
    size: names.length,
    values: (rows) => names.map((name) => rows.map((row) => row[name])),
  };
}
