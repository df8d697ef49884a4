import type { Database } from "../../src/ports/database.ts";

/** Rows of some 130 bytes: they fill more log files than a server keeps by default, 1 GB. */
const ROWS = 10_000_000;

/**
 * A server that was just set up makes and zeroes each of its log files as it first needs it; one that has run for a while
 * uses them again. What is measured first would pay for what is measured later.
 */
export async function warmServer(database: Database): Promise<void> {
  await database.transaction(
    async (within) => {
      await within.query(
        `CREATE TABLE warm AS SELECT repeat('x', 100) AS filling FROM generate_series(1, ${ROWS})`,
      );
      await within.query("DROP TABLE warm");
    },
    { timeoutMs: 600_000 },
  );
  await database.script("CHECKPOINT");
}
