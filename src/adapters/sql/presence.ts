import { randomInt } from "node:crypto";

/** The first number of the advisory locks by which processes on one database see each other. */
const PRESENCE_LOCKS = 0x706f6f6c;

export const newPresence = (): number => randomInt(1, 2 ** 31);

/** Holds the lock of a presence until the connection ends, by whatever end of the process. */
export const takePresence = (presence: number): string =>
  `SELECT pg_try_advisory_lock(${PRESENCE_LOCKS}, ${presence})`;

/**
 * Whether the process that has the presence in `column` has gone. A server that has just started says of nobody that
 * they have: connections take a moment to come back. On an embedded database whoever is not this process is gone.
 */
export function hasGone(column: string, kind: "pglite" | "postgres", own: string): string {
  if (kind === "pglite") return `(${column} <> ${own})`;
  return `(${column} <> ${own} AND pg_postmaster_start_time() < clock_timestamp() - interval '10 s' AND NOT EXISTS (
    SELECT FROM pg_locks held WHERE held.locktype = 'advisory' AND held.granted AND held.objsubid = 2
      AND held.classid = ${PRESENCE_LOCKS} AND held.objid = (${column})::oid
      AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())))`;
}
