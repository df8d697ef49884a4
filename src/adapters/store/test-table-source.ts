import type { Database } from "../../ports/database.ts";

interface Column {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly optional: boolean;
  readonly generated: boolean;
  readonly choices: readonly string[] | null;
}

const COLUMNS = `
  SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type, NOT a.attnotnull AS nullable,
    a.atthasdef OR a.attidentity <> '' AS optional, a.attgenerated <> '' OR a.attidentity = 'a' AS generated,
    (SELECT array(SELECT match[1] FROM regexp_matches(pg_get_constraintdef(k.oid), '''([^'']+)''::text', 'g') match)
     FROM pg_constraint k
     WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
       AND pg_get_constraintdef(k.oid) ~ '^CHECK \\(\\(?\\w+ = ANY \\(ARRAY\\[' LIMIT 1) AS choices
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY c.relname, a.attnum`;

const TYPES: Readonly<Record<string, string>> = {
  smallint: "number",
  integer: "number",
  bigint: "number",
  "double precision": "number",
  boolean: "boolean",
  "timestamp with time zone": "Instant",
  jsonb: "JsonText",
  bytea: "Uint8Array",
};

function typeOf({ type, nullable, optional, generated, choices }: Column): string {
  const array = type.endsWith("[]");
  const base =
    choices === null
      ? (TYPES[array ? type.slice(0, -2) : type] ?? "string")
      : choices.map((each) => `"${each}"`).join(" | ");
  const value = `${array ? `${base}[]` : base}${nullable ? " | null" : ""}`;
  if (generated) return `GeneratedAlways<${value}>`;
  return optional ? `Generated<${value}>` : value;
}

const interfaceName = (table: string): string =>
  table.replace(/(^|_)(\w)/g, (_, __, letter: string) => letter.toUpperCase());

/** The source of tables.ts for a migrated database. */
export async function tablesSource(database: Database): Promise<string> {
  const { rows } = await database.query<Column>(COLUMNS);
  const byTable = Map.groupBy(rows, ({ table }) => table);
  const parts = [...byTable].map(([table, columns]) => {
    const lines = columns.map((column) => `  ${column.column}: ${typeOf(column)};`);
    return `export interface ${interfaceName(table)} {\n${lines.join("\n")}\n}\n`;
  });
  const index = [...byTable.keys()].map((table) => `  ${table}: ${interfaceName(table)};`);
  return `// Made from the migrated schema by test-table-source.ts; a test holds the two together.
import type { ColumnType, GeneratedAlways } from "kysely";

/** May be left out of an INSERT. */
type Generated<Value> =
  Value extends ColumnType<infer Read, infer Insert, infer Update>
    ? ColumnType<Read, Insert | undefined, Update>
    : ColumnType<Value, Value | undefined, Value>;
/** Reads as a Date; goes in as a Date or ISO text. */
type Instant = ColumnType<Date, Date | string, Date | string>;
/** Reads as the value; goes in as JSON text. */
type JsonText = ColumnType<unknown, string, string>;

${parts.join("\n")}
export interface Tables {
${index.join("\n")}
}
`;
}
