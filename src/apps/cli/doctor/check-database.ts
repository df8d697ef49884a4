import { schemaState } from "../../../adapters/store/migrate.ts";
import type { Database } from "../../../ports/database.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

const OLDEST_POSTGRES = 15;
const SLOW_MS = 500;
const SKEW_MS = 5_000;

/** Whether the database answers, how fast, and whether it is one that Poolwise can use. */
export async function checkDatabase(database: Database): Promise<Finding[]> {
  const health = await database.health();
  if (!health.ok)
    return [fail("database", health.reason, "Check DATABASE_URL, the server and the network between.")];
  const { server, latencyMs } = health;
  const major = Number(/PostgreSQL (\d+)/.exec(server)?.[1]);
  if (major < OLDEST_POSTGRES)
    return [fail("database", `${server} is too old`, `Use PostgreSQL ${OLDEST_POSTGRES} or later.`)];
  const found = `${server}, answers in ${latencyMs.toFixed(0)} ms`;
  if (latencyMs > SLOW_MS)
    return [warn("database", found, "Run the workers nearer to the database, or look for load on it.")];
  return [ok("database", found)];
}

/** Whether the schema is this program's. `isCurrent`: what looks into tables may go on. */
export async function checkSchema(
  database: Database,
): Promise<{ readonly findings: Finding[]; readonly isCurrent: boolean }> {
  const { current, latest, pending } = await schemaState(database);
  if (pending.length === 0)
    return { findings: [ok("schema", `version ${current}, up to date`)], isCurrent: true };
  const found = `version ${current} of ${latest}; missing: ${pending.join(", ")}`;
  // Every other command brings an embedded database up to date by itself.
  const finding = database.kind === "pglite" ? warn : fail;
  return { findings: [finding("schema", found, "Run: poolwise migrate")], isCurrent: false };
}

/** Whether the database's clock agrees with this machine's: stalls and retries are timed by it. */
export async function checkClock(database: Database): Promise<Finding[]> {
  const beforeMs = Date.now();
  const { rows } = await database.query<{ now: number }>(
    "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now",
  );
  const aheadMs = (rows[0]?.now ?? beforeMs) - (beforeMs + Date.now()) / 2;
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const here = `${new Date().toISOString()}, this machine's time zone is ${timeZone}`;
  if (Math.abs(aheadMs) <= SKEW_MS) return [ok("clock", `${here}; the database's clock agrees`)];
  const seconds = Math.round(aheadMs / 1_000);
  const found = `${here}; the database's clock differs by ${seconds} s`;
  return [warn("clock", found, "Keep the clocks of both machines by NTP.")];
}
