import { formatMegabytesExact } from "../../../billing/decimal.ts";
import type { SqlExecutor } from "../../../ports/database.ts";

export interface DeviceFilter {
  readonly account: number | undefined;
  readonly plan: string | undefined;
  readonly status: string | undefined;
  readonly vanished: boolean;
  readonly limit: number;
  readonly after: string | undefined;
}

export interface ListedDevice {
  readonly iccid: string;
  readonly account: number;
  readonly rate_plan: string | null;
  readonly communication_plan: string | null;
  readonly status: string | null;
  readonly location: string | null;
  readonly locked: boolean;
  /** Of the cycle it was last read in; null: unknown. */
  readonly usage_mb: string | null;
  readonly usage_as_of: Date | null;
  readonly changed_at: Date;
  readonly vanished_at: Date | null;
}

type Row = Omit<ListedDevice, "usage_mb"> & { readonly usage_bytes: number | null };

const COLUMNS = `iccid, carrier_account_id AS account, rate_plan, communication_plan, status, location, locked, usage_bytes,
  usage_as_of, changed_at, vanished_at`;

/** SIMs by account and ICCID; `next` is the last one's ICCID where there are more. */
export async function listDevices(
  executor: SqlExecutor,
  filter: DeviceFilter,
): Promise<{ readonly devices: readonly ListedDevice[]; readonly next: string | null }> {
  const { account, plan, status, vanished, limit, after } = filter;
  const { rows } = await executor.query<Row>(
    `SELECT ${COLUMNS} FROM devices
     WHERE ($1::int IS NULL OR carrier_account_id = $1) AND ($2::text IS NULL OR rate_plan = $2)
       AND ($3::text IS NULL OR status = upper($3)) AND (vanished_at IS NOT NULL) = $4 AND ($5::text IS NULL OR iccid > $5)
     ORDER BY carrier_account_id, iccid LIMIT $6`,
    [account ?? null, plan ?? null, status ?? null, vanished, after ?? null, limit + 1],
  );
  const devices = rows.slice(0, limit).map(fromRow);
  return { devices, next: rows.length > limit ? (devices.at(-1)?.iccid ?? null) : null };
}

export interface DeviceSession {
  readonly session: string;
  readonly created_at: Date;
  readonly current_plan: string | null;
  readonly recommended_plan: string | null;
  readonly current_cost: string | null;
  readonly recommended_cost: string | null;
  readonly reason: string | null;
  readonly excluded: string | null;
}

export type DeviceHistory = ListedDevice & { readonly sessions: readonly DeviceSession[] };

/** A SIM with its last 20 completed sessions; undefined where it is not known. */
export async function readDeviceHistory(
  executor: SqlExecutor,
  iccid: string,
  account: number | undefined,
): Promise<DeviceHistory | undefined> {
  const { rows } = await executor.query<Row>(
    `SELECT ${COLUMNS} FROM devices WHERE iccid = $1 AND ($2::int IS NULL OR carrier_account_id = $2)
     ORDER BY vanished_at IS NOT NULL, carrier_account_id LIMIT 1`,
    [iccid, account ?? null],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  const sessions = await executor.query<DeviceSession>(
    `SELECT session.session_id AS session, session.created_at, held.code AS current_plan, recommended.code AS recommended_plan,
       current_cost, recommended_cost, assignment.reason, excluded
     FROM optimization_sessions session JOIN device_assignments assignment USING (session_id)
     LEFT JOIN rate_plans held ON held.rate_plan_id = current_rate_plan_id
     LEFT JOIN rate_plans recommended ON recommended.rate_plan_id = recommended_rate_plan_id
     WHERE session.service_provider_id = $1 AND iccid = $2 AND session.status = 'COMPLETED'
     ORDER BY session.created_at DESC LIMIT 20`,
    [row.account, iccid],
  );
  return { ...fromRow(row), sessions: sessions.rows };
}

function fromRow({ usage_bytes, ...row }: Row): ListedDevice {
  return { ...row, usage_mb: usage_bytes === null ? null : formatMegabytesExact(usage_bytes) };
}
