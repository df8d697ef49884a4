/**
 * A value bound to `$1`, `$2`, …. JSON goes in as text (`JSON.stringify`), an array as a PostgreSQL array,
 * a Date as an instant.
 */
export type SqlValue = string | number | bigint | boolean | null | Date | Uint8Array | readonly SqlValue[];

export interface QueryResult<Row> {
  readonly rows: Row[];
  /** Rows that the statement returned, or changed where it returns none. */
  readonly rowCount: number;
}

/** Where a bulk load goes. Names are quoted as they are, so `device_usage`, never `"device_usage"`. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Lines in PostgreSQL's text format (see `copyLine`), cut into chunks anywhere. */
export type CopySource = AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/**
 * What runs SQL: the database itself, or a transaction.
 *
 * Columns come back as: smallint, integer, bigint, float → number (a bigint past 2^53 − 1 is an error, never
 * rounded); numeric → string, exactly; boolean; text, uuid, date (`2026-02-28`), interval → string;
 * timestamptz → Date; json and jsonb → the value; bytea → Uint8Array; arrays → arrays of these.
 *
 * Every method throws PoolwiseError: `database-unavailable`, `database-timeout`, `database-conflict`,
 * `database-full`, or `database-refused` with the SQLSTATE in `data.sqlState` and, where it applies, the
 * constraint's name in `data.constraint`.
 */
export interface SqlExecutor {
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly SqlValue[],
  ): Promise<QueryResult<Row>>;
  /** Several statements separated by semicolons, without parameters; the rows of each. */
  script(sql: string): Promise<readonly Record<string, unknown>[][]>;
  /**
   * Loads rows by COPY, all or none; the number of rows. The embedded store does nothing else meanwhile, so
   * `rows` must not wait for the same database.
   */
  copyIn(target: CopyTarget, rows: CopySource): Promise<number>;
  /** Rows of a query by COPY, in the text format, cut anywhere into small chunks. Parameters may not be arrays. */
  copyOut(sql: string, parameters?: readonly SqlValue[]): AsyncIterable<Uint8Array>;
}

export interface Transaction extends SqlExecutor {
  /** Runs `action` after this transaction has committed, never where it rolled back. */
  afterCommit(action: () => void): void;
}

export interface TransactionOptions {
  /** How long a statement may take; the adapter's own limit otherwise. The embedded store has no limit. */
  readonly timeoutMs?: number;
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
}

export type DatabaseHealth =
  | { readonly ok: true; readonly latencyMs: number; readonly server: string }
  | { readonly ok: false; readonly reason: string };

/** One PostgreSQL, embedded or not. Each adapter passes `databaseContract`. */
export interface Database extends SqlExecutor {
  readonly kind: "pglite" | "postgres";
  /**
   * Runs `work` in a transaction: commits what it returns from, rolls back what it throws from, and never
   * runs it twice. Inside `work` only the transaction may be used: a statement sent beside it to the database
   * itself throws `internal-error`, as the embedded store, which has one connection, would wait for ever.
   */
  transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /**
   * Makes this process known to the others on this database. @returns the number it is known by until it closes the
   * database or dies, however it dies: nobody has to wait for a time-out to learn of it.
   */
  present(): Promise<number>;
  /** Calls `onPayload` for each NOTIFY on `channel` until the returned function is called. Best effort. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
  /** Never throws. */
  health(): Promise<DatabaseHealth>;
  /** Waits for what is running, then lets go of connections, threads and locks. May be called twice. */
  close(): Promise<void>;
}
