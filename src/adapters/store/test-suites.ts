import { describe } from "vitest";
import type { Database } from "../../ports/database.ts";
import { describeOnPostgres } from "./test-postgres.ts";
import { openTestPostgresStore, openTestStore } from "./test-store.ts";

/** The same tests on a migrated store of each kind. `suite` opens it, and closes it afterwards. */
export function describeOnEachStore(name: string, suite: (open: () => Promise<Database>) => void): void {
  describe(`${name} on PGlite`, () => {
    suite(() => openTestStore());
  });
  describeOnPostgres(`${name} on PostgreSQL`, () => {
    suite(() => openTestPostgresStore());
  });
}
