import type { SqlValue } from "../../ports/database.ts";
import { PoolwiseError } from "../../billing/errors.ts";

/** A table's or column's name as SQL text, its schema included: `pgboss.job` is `"pgboss"."job"`. */
export function quoteName(name: string): string {
  return name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
}

function quoteText(text: string): string {
  if (text.includes("\0")) {
    throw new PoolwiseError(
      "database-refused",
      "A text for the database holds a NUL character, which PostgreSQL cannot store.",
    );
  }
  return `'${text.replaceAll("'", "''")}'`;
}

function literal(value: SqlValue): string {
  if (value === null) return "NULL";
  if (typeof value === "number" || typeof value === "bigint") return quoteText(String(value));
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "string") return quoteText(value);
  if (value instanceof Date) return quoteText(value.toISOString());
  if (value instanceof Uint8Array) return quoteText(`\\x${Buffer.from(value).toString("hex")}`);
  throw new PoolwiseError(
    "internal-error",
    "COPY takes no array parameters; write the list into a temporary table or a text.",
  );
}

/** COPY cannot bind parameters: writes them into the statement as literals, outside of its quoted texts. */
export function inlineParameters(sql: string, parameters: readonly SqlValue[]): string {
  return sql.replace(/'(?:[^']|'')*'|\$(\d+)/g, (found, number: string | undefined) => {
    if (number === undefined) return found;
    const value = parameters[Number(number) - 1];
    if (value === undefined)
      throw new PoolwiseError("internal-error", `The statement uses $${number}, which has no value.`);
    return literal(value);
  });
}

/** `COPY table (columns) FROM …` in the text format. */
export function copyInStatement(target: { table: string; columns: readonly string[] }, from: string): string {
  return `COPY ${quoteName(target.table)} (${target.columns.map(quoteName).join(", ")}) FROM ${from}`;
}

/** bigint columns are read as numbers, which hold up to 2^53 − 1 exactly. */
export function readBigint(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new PoolwiseError(
    "bounds-exceeded",
    `The database holds ${text} where integers of up to 9007199254740991 are expected; read it as text (::text).`,
    { data: { got: text } },
  );
}
