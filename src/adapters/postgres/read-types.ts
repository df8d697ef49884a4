import pg from "pg";
import { readBigint } from "../sql/sql-text.ts";

const asText = (value: string): string => value;

/** pg's array parser, which its types do not show. */
const arrays = pg.types as unknown as {
  readonly arrayParser: {
    create<Item>(text: string, read: (item: string) => Item): { parse(): (Item | null)[] };
  };
};

const arrayOf =
  <Item>(read: (item: string) => Item) =>
  (value: string): (Item | null)[] =>
    arrays.arrayParser.create(value, read).parse();

/** By type OID: what pg would read as a string (bigint), round (numeric[]) or shift (date). */
const READERS: ReadonlyMap<number, (value: string) => unknown> = new Map<number, (value: string) => unknown>([
  [20, readBigint],
  [1016, arrayOf(readBigint)],
  [1082, asText],
  [1182, arrayOf(asText)],
  [1186, asText],
  [1231, arrayOf(asText)],
]);

/** How rows are read, for this pool alone. */
export const readTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    const own = format === "binary" ? undefined : READERS.get(oid);
    return own ?? (pg.types.getTypeParser(oid, format as "text") as (value: string) => unknown);
  },
};
