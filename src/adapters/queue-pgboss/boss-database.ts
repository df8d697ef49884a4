import type { Db } from "pg-boss";
import { PoolwiseError } from "../../billing/errors.ts";
import type { SqlExecutor, SqlValue } from "../../ports/database.ts";

/** pg-boss reads the SQLSTATE off the driver's error. */
function driverError(error: unknown): unknown {
  return error instanceof PoolwiseError && error.cause instanceof Error ? error.cause : error;
}

/** What pg-boss needs of a database, on our port or on one of its transactions. */
export function bossDatabase(executor: SqlExecutor): Db {
  return {
    async executeSql(text: string, values?: unknown[]) {
      try {
        if (values !== undefined && values.length > 0)
          return await executor.query(text, values as SqlValue[]);
        // Without parameters it may be several statements: their rows count as one result.
        return { rows: (await executor.script(text)).flat() };
      } catch (error) {
        throw driverError(error);
      }
    },
  };
}
