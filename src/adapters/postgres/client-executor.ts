import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { CopySource, QueryResult, SqlExecutor, SqlValue } from "../../ports/database.ts";
import { toDatabaseError } from "../sql/sql-errors.ts";
import { copyInStatement, inlineParameters } from "../sql/sql-text.ts";

async function asOurs<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw toDatabaseError(error);
  }
}

/** The rows, and the error that their source threw, which is not the database's. */
function watched(rows: CopySource): {
  rows: AsyncIterable<string | Uint8Array>;
  error: () => Error | undefined;
} {
  let error: Error | undefined;
  async function* pass(): AsyncGenerator<string | Uint8Array> {
    // Not yield*: it would be handed the database's error too, by the pipeline that breaks off.
    const iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
    try {
      for (;;) {
        let next: IteratorResult<string | Uint8Array>;
        try {
          next = await iterator.next();
        } catch (thrown) {
          error = thrown instanceof Error ? thrown : new Error(String(thrown));
          throw error;
        }
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { rows: pass(), error: () => error };
}

/** pg would take a plain view for JSON; a Buffer is bytes. */
const bind = (value: SqlValue): unknown =>
  value instanceof Uint8Array && !Buffer.isBuffer(value) ? Buffer.from(value) : value;

/** SQL over one connection that the caller holds. */
export function clientExecutor(client: pg.ClientBase): SqlExecutor {
  return {
    async query<Row extends object>(
      sql: string,
      parameters: readonly SqlValue[] = [],
    ): Promise<QueryResult<Row>> {
      const result = await asOurs(client.query<Row>(sql, parameters.map(bind)));
      return { rows: result.rows, rowCount: result.rowCount ?? result.rows.length };
    },
    async script(sql) {
      const answer: unknown = await asOurs(client.query(sql));
      const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult<
        Record<string, unknown>
      >[];
      return results.map((result) => result.rows);
    },
    async copyIn(target, rows) {
      const stream = client.query(copyFrom(copyInStatement(target, "STDIN")));
      const source = watched(rows);
      try {
        await pipeline(Readable.from(source.rows, { objectMode: false }), stream);
      } catch (error) {
        throw source.error() ?? toDatabaseError(error);
      }
      return stream.rowCount;
    },
    async *copyOut(sql, parameters = []) {
      const stream = client.query(copyTo(`COPY (${inlineParameters(sql, parameters)}) TO STDOUT`));
      try {
        for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Uint8Array;
      } catch (error) {
        throw toDatabaseError(error);
      } finally {
        // A reader that stopped early would leave the connection in the middle of the COPY.
        if (!stream.readableEnded && !stream.destroyed)
          await finished(stream.resume()).catch(() => undefined);
      }
    },
  };
}
