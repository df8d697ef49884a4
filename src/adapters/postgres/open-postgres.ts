import pg from "pg";
import type { Database, DatabaseHealth, Transaction, TransactionOptions } from "../../ports/database.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import { toDatabaseError } from "../sql/sql-errors.ts";
import { newPresence } from "../sql/presence.ts";
import { refuseSilentRollback, runAll, TransactionScope } from "../sql/transaction-scope.ts";
import { clientExecutor } from "./client-executor.ts";
import { openListener } from "./listener.ts";
import { readTypes } from "./read-types.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. It is a secret: no error shows it. */
  readonly url: string;
  /** DB_POOL_SIZE. Connections at most, beside one for LISTEN. */
  readonly poolSize: number;
  /** DB_TIMEOUT in milliseconds: for a connection, and for a statement unless its transaction says otherwise. */
  readonly timeoutMs: number;
  readonly applicationName?: string;
}

function connectionOptions(options: PostgresOptions): pg.PoolConfig {
  return {
    connectionString: options.url,
    max: options.poolSize,
    connectionTimeoutMillis: options.timeoutMs,
    statement_timeout: options.timeoutMs,
    idle_in_transaction_session_timeout: 10 * 60_000,
    application_name: options.applicationName ?? "poolwise",
    keepAlive: true,
    types: readTypes,
  };
}

function beginStatement(options: TransactionOptions): string {
  const isolation =
    options.isolation === undefined ? "" : ` ISOLATION LEVEL ${options.isolation.toUpperCase()}`;
  const timeout =
    options.timeoutMs === undefined ? "" : `; SET LOCAL statement_timeout = ${Math.ceil(options.timeoutMs)}`;
  return `BEGIN${isolation}${timeout}`;
}

async function commit(client: pg.PoolClient): Promise<void> {
  try {
    const { command } = await client.query("COMMIT");
    refuseSilentRollback(command);
  } catch (cause) {
    const error = toDatabaseError(cause);
    if (error.code !== "database-unavailable") throw error;
    throw new PoolwiseError(
      error.code,
      `${error.message} The connection was lost while committing: whether it did is not known.`,
      {
        data: { ...error.data, outcome: "unknown" },
        cause,
      },
    );
  }
}

/** A connection that cannot roll back is gone, and its transaction with it; the caller's own error stays the cause. */
async function rollback(client: pg.PoolClient, reason: unknown): Promise<void> {
  try {
    await client.query("ROLLBACK");
  } catch (error) {
    if (reason instanceof PoolwiseError && reason.code === "database-unavailable") return;
    throw new PoolwiseError(
      "database-unavailable",
      `${toDatabaseError(error).message} The transaction was not committed.`,
      {
        cause: reason,
      },
    );
  }
}

/** Any PostgreSQL from 15 on, through a pool. Connects when first used. Throws `settings-invalid` for a bad URL. */
export function openPostgres(options: PostgresOptions): Database {
  if (!/^postgres(ql)?:\/\//.test(options.url)) {
    throw new PoolwiseError(
      "settings-invalid",
      "DATABASE_URL is not a PostgreSQL address: expected postgres://user:password@host:port/database.",
    );
  }
  const pool = new pg.Pool(connectionOptions(options));
  // A connection that breaks fails its statement, or is replaced at the next use; without listeners, on the pool
  // for idle ones and on each client for those in use, it would end the process.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => client.on("error", () => undefined));
  const scope = new TransactionScope();
  const listener = openListener(() => new pg.Client(connectionOptions(options)));
  const presence = newPresence();
  let closing: Promise<void> | undefined;

  async function connect(): Promise<pg.PoolClient> {
    scope.refuseInside();
    try {
      return await pool.connect();
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  async function withClient<Result>(use: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await connect();
    let broken = false;
    try {
      return await use(client);
    } catch (error) {
      broken = error instanceof PoolwiseError && error.code === "database-unavailable";
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async function transaction<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    transactionOptions: TransactionOptions = {},
  ): Promise<Result> {
    const afterwards: (() => void)[] = [];
    const result = await withClient(async (client) => {
      const executor = clientExecutor(client);
      await executor.script(beginStatement(transactionOptions));
      const inside: Transaction = {
        ...executor,
        afterCommit: (action) => void afterwards.push(action),
      };
      try {
        const value = await scope.run(() => work(inside));
        await commit(client);
        return value;
      } catch (error) {
        await rollback(client, error);
        throw error;
      }
    });
    runAll(afterwards);
    return result;
  }

  async function health(): Promise<DatabaseHealth> {
    const started = performance.now();
    try {
      const { rows } = await pool.query<{ server: string }>(
        "SELECT current_setting('server_version') AS server",
      );
      return {
        ok: true,
        latencyMs: performance.now() - started,
        server: `PostgreSQL ${rows[0]?.server ?? ""}`,
      };
    } catch (error) {
      return { ok: false, reason: toDatabaseError(error).message };
    }
  }

  return {
    kind: "postgres",
    query: (sql, parameters) => withClient((client) => clientExecutor(client).query(sql, parameters)),
    script: (sql) =>
      withClient(async (client) => {
        try {
          return await clientExecutor(client).script(sql);
        } catch (error) {
          // The script may have begun a transaction, which must not go back to the pool open.
          await rollback(client, error);
          throw error;
        }
      }),
    copyIn: (target, rows) => withClient((client) => clientExecutor(client).copyIn(target, rows)),
    async *copyOut(sql, parameters) {
      const client = await connect();
      let broken = true;
      try {
        const executor = clientExecutor(client);
        // A stream goes at the pace of its reader: DB_TIMEOUT says how long the server may take, not how long that may.
        await executor.script("BEGIN; SET LOCAL statement_timeout = 0");
        yield* executor.copyOut(sql, parameters);
        await executor.script("COMMIT");
        broken = false;
      } finally {
        client.release(broken);
      }
    },
    transaction,
    async present() {
      await listener.hold(presence).catch((error: unknown) => {
        throw toDatabaseError(error);
      });
      return presence;
    },
    listen: (channel, onPayload) => listener.listen(channel, onPayload),
    health,
    close() {
      closing ??= Promise.all([pool.end(), listener.close()]).then(() => undefined);
      return closing;
    },
  };
}
