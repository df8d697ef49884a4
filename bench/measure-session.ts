/**
 * A session from a simulated carrier to its reports, and a bare COPY of its rows beside it; prints a line of JSON:
 * `node bench/measure-session.ts postgres 100000`. PostgreSQL is found as the tests find it: `tests/servers.sh …`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPglite } from "../src/adapters/pglite/open-pglite.ts";
import { openPostgres } from "../src/adapters/postgres/open-postgres.ts";
import { createTestPostgres } from "../src/adapters/store/test-postgres.ts";
import type { Database } from "../src/ports/database.ts";
import { measureBareCopy } from "./session/bare-copy.ts";
import { cpuClock } from "./session/cpu-clock.ts";
import { watchCarrierTime } from "./session/carrier-time.ts";
import { runSession } from "./session/run-session.ts";
import { startSimulator } from "./session/simulator.ts";
import { warmServer } from "./session/warm-server.ts";
import type { SessionResult } from "./records.ts";

const [store, sizeText] = process.argv.slice(2);
const size = Number(sizeText);
if ((store !== "postgres" && store !== "embedded") || !(size > 0))
  throw new Error("expected: measure-session.ts postgres|embedded <SIMs>");

const folder = mkdtempSync(join(tmpdir(), "poolwise-session-"));
const carrierTime = watchCarrierTime();
const simulator = await startSimulator(size);
const { database, drop } = await openDatabase();
try {
  if (store === "postgres") await warmServer(database);
  const cpu = await cpuClock(database);
  const session = await runSession(database, simulator, { folder, carrierTime, cpu });
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  const copy = await measureBareCopy(database, folder, cpu);
  const record: SessionResult = {
    kind: "session",
    family: store,
    size,
    seconds: session.seconds,
    carrierSeconds: session.carrierSeconds,
    calls: session.calls,
    cpu: session.cpu,
    parts: session.parts,
    copies: copy.bare,
    keyedCopies: copy.keyed,
    longestPauseSeconds: session.longestPauseSeconds,
    peakRssBytes,
  };
  console.log(JSON.stringify(record));
} finally {
  await database.close();
  await drop();
  simulator.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function openDatabase(): Promise<{ database: Database; drop: () => Promise<void> }> {
  if (store === "embedded") {
    const database = await openPglite({ folder: join(folder, "data"), purpose: "bench" });
    return { database, drop: () => Promise.resolve() };
  }
  const { url, drop } = await createTestPostgres();
  return { database: openPostgres({ url, poolSize: 10, timeoutMs: 30_000 }), drop };
}
