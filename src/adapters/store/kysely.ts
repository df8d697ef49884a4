import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult } from "kysely";
import type { SqlExecutor, SqlValue } from "../../ports/database.ts";
import { PoolwiseError } from "../../billing/errors.ts";
import type { Tables } from "./tables.ts";

function connection(executor: SqlExecutor): DatabaseConnection {
  return {
    async executeQuery<Row>(compiled: CompiledQuery): Promise<QueryResult<Row>> {
      const { rows, rowCount } = await executor.query(
        compiled.sql,
        compiled.parameters as readonly SqlValue[],
      );
      return { rows: rows as Row[], numAffectedRows: BigInt(rowCount) };
    },
    streamQuery() {
      throw new PoolwiseError("internal-error", "Rows are streamed by copyOut, not by Kysely.");
    },
  };
}

function driver(executor: SqlExecutor): Driver {
  const refuse = (): never => {
    throw new PoolwiseError(
      "internal-error",
      "Transactions are made by Database.transaction, not by Kysely.",
    );
  };
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    init: nothing,
    acquireConnection: () => Promise.resolve(connection(executor)),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: nothing,
    destroy: nothing,
  };
}

/** Typed queries on the database or on one of its transactions. It costs nothing to make and needs no closing. */
export function tables(executor: SqlExecutor): Kysely<Tables> {
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver(executor),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely<Tables>({ dialect });
}
