import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Database } from "../../src/ports/database.ts";
import type { CopyTime } from "../records.ts";
import type { CpuClock } from "./cpu-clock.ts";
import { sum } from "./cpu-clock.ts";

const TIMES = 3;

/** Columns that a row of each table was given; what the server computes is left to it. */
const TABLES = {
  devices:
    "carrier_account_id, iccid, tenant_id, rate_plan, communication_plan, status, locked, usage_bytes, usage_period_id, usage_as_of, usage_source, first_seen_at, changed_at",
  device_assignments:
    "assignment_id, session_id, tenant_id, iccid, unit_id, current_rate_plan_id, recommended_rate_plan_id, current_cost, recommended_cost, cost_savings, usage_bytes, reason, excluded",
} as const;

/** Seconds of a COPY of the fleet's device and assignment rows into new tables without indexes, keys, checks or triggers: each of several times. */
export async function measureBareCopy(
  database: Database,
  folder: string,
  cpu: CpuClock,
): Promise<{ readonly bare: readonly CopyTime[]; readonly keyed: readonly CopyTime[] }> {
  for (const [table, columns] of Object.entries(TABLES)) {
    const rows = Readable.from(database.copyOut(`SELECT ${columns} FROM ${table}`));
    await pipeline(rows, createWriteStream(join(folder, `${table}.copy`)));
  }
  const bare: CopyTime[] = [];
  const keyed: CopyTime[] = [];
  for (let time = 0; time < TIMES; time++) {
    bare.push(await copyAll(database, folder, "no keys", cpu));
    keyed.push(await copyAll(database, folder, "our keys", cpu));
  }
  return { bare, keyed };
}

type Keys = "no keys" | "our keys";

async function copyAll(database: Database, folder: string, keys: Keys, cpu: CpuClock): Promise<CopyTime> {
  let wall = 0;
  let cpuSeconds = 0;
  for (const [table, columns] of Object.entries(TABLES)) {
    await database.script(
      keys === "no keys"
        ? `CREATE TABLE bare AS SELECT ${columns} FROM ${table} WITH NO DATA`
        : `CREATE TABLE bare (LIKE ${table} INCLUDING ALL)`,
    );
    const rows = createReadStream(join(folder, `${table}.copy`), { highWaterMark: 1 << 18 });
    const begun = performance.now();
    const cpuBegun = sum(cpu());
    await database.transaction(
      (within) => within.copyIn({ table: "bare", columns: columns.split(", ") }, rows),
      { timeoutMs: 3_600_000 },
    );
    wall += (performance.now() - begun) / 1000;
    cpuSeconds += sum(cpu()) - cpuBegun;
    await database.script("DROP TABLE bare");
  }
  return { wall, cpu: cpuSeconds };
}
