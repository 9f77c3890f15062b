import type pg from 'pg';
import { type DatabaseError, serialize } from 'pg-protocol';
import type { HotStatement } from './handle.ts';
import { arrayLiteral } from './row-batches.ts';

/** How a column of a statement's rows is read. */
interface Column {
  name: string;
  read: (text: string) => unknown;
}

/** Of statements that a connection has prepared, by their names. */
type Prepared = Map<string, readonly Column[]>;

type Answer = (error: Error | null, rows: unknown[]) => void;

const EXECUTE_AND_SYNC = Buffer.concat([serialize.execute(), serialize.sync()]);

/**
 * A prepared statement for `pg.Client.query`, which takes what has `submit` and is told of each message. It is prepared and
 * described once on a connection; from then on its parameters leave in one write, and nothing but rows comes back. As a query
 * of pg's own it would be described each time and leave in four pieces: a twelfth of a server's work where requests are few.
 */
export class HotQuery implements pg.Submittable {
  /** pg notes by these what was prepared. */
  readonly name: string;
  readonly text: string;
  readonly callback: Answer;
  readonly #values: (string | null)[];
  readonly #types: pg.CustomTypesConfig;
  readonly #rows: unknown[] = [];
  #prepared: Prepared | undefined;
  #columns: readonly Column[] | undefined;
  #fault: Error | null = null;

  constructor({ name, text }: HotStatement, values: readonly unknown[], types: pg.CustomTypesConfig, callback: Answer) {
    this.name = name;
    this.text = text;
    this.callback = callback;
    // Here, where what cannot be encoded is the caller's error: once pg submits it, the connection would wait for an answer.
    this.#values = values.map(parameter);
    this.#types = types;
  }

  submit(connection: pg.Connection): void {
    const { name } = this;
    this.#prepared = preparedOn(connection);
    this.#columns = this.#prepared.get(name);
    const bound = [serialize.bind({ statement: name, values: this.#values }), EXECUTE_AND_SYNC];
    connection.stream.write(Buffer.concat(this.#columns === undefined ? [...this.#preparation(), ...bound] : bound));
  }

  /** Closed first, should it have been prepared by a query that failed then: closing what is not there is no error. */
  #preparation(): Buffer[] {
    const statement = { type: 'S', name: this.name } as const;
    const parsed = serialize.parse({ name: this.name, text: this.text, types: [] });
    return [serialize.close(statement), parsed, serialize.describe(statement)];
  }

  handleRowDescription({ fields }: { fields: readonly pg.FieldDef[] }): void {
    // The types are those of a connection without binary results: pg's readers take text.
    const columns = fields.map(({ name, dataTypeID }) => ({
      name,
      read: this.#types.getTypeParser(dataTypeID, 'text') as Column['read'],
    }));
    this.#columns = columns;
    this.#prepared?.set(this.name, columns);
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    try {
      this.#rows.push(rowOf(this.#columns ?? [], fields));
    } catch (error) {
      // Thrown from here it would end the process.
      this.#fault = error as Error; // what readers throw
    }
  }

  handleCommandComplete(): void {}

  /** Prepared anew the next time: it may have failed because Postgres forgot it, or because its columns changed. */
  handleError(error: DatabaseError): void {
    this.#prepared?.delete(this.name);
    this.callback(error, []);
  }

  handleReadyForQuery(): void {
    this.callback(this.#fault, this.#rows);
  }
}

function rowOf(columns: readonly Column[], fields: readonly (string | null)[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  columns.forEach(({ name, read }, index) => {
    const text = fields[index] ?? null;
    row[name] = text === null ? null : read(text);
  });
  return row;
}

const preparedStatements = new WeakMap<pg.Connection, Prepared>();

function preparedOn(connection: pg.Connection): Prepared {
  const known = preparedStatements.get(connection);
  if (known !== undefined) return known;
  const none: Prepared = new Map();
  preparedStatements.set(connection, none);
  return none;
}

/** As Postgres reads it. JSON travels as text already. */
function parameter(value: unknown): string | null {
  return Array.isArray(value) ? arrayLiteral(value.map(textOf)) : textOf(value);
}

function textOf(value: unknown): string | null {
  if (value === null || typeof value === 'string') return value;
  return value instanceof Date ? value.toISOString() : String(value);
}
