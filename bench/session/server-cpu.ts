import { readdirSync, readFileSync } from "node:fs";
import type { Database } from "../../src/ports/database.ts";

const TICKS_PER_SECOND = 100;

/** Processor seconds that a PostgreSQL server on this machine has used, its ended processes included; undefined where it cannot be seen. */
export async function serverCpu(database: Database): Promise<(() => number) | undefined> {
  if (database.kind !== "postgres") return undefined;
  const { rows } = await database.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const backend = statOf(String(rows[0]?.pid));
  if (backend === undefined) return undefined;
  const postmaster = backend.parent;
  return () => {
    let ticks = statOf(postmaster)?.endedChildren ?? 0;
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      const stat = statOf(pid);
      if (stat?.parent === postmaster) ticks += stat.own;
    }
    return ticks / TICKS_PER_SECOND;
  };
}

function statOf(pid: string): { parent: string; own: number; endedChildren: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const at = (index: number): number => Number(fields[index]);
    return { parent: fields[1] ?? "", own: at(11) + at(12), endedChildren: at(13) + at(14) };
  } catch {
    return undefined;
  }
}
