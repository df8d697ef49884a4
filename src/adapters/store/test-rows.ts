import type { SqlExecutor, SqlValue } from "../../ports/database.ts";

/** The one row of a statement that answers with one. */
export async function oneRow<Row extends object>(
  executor: SqlExecutor,
  sql: string,
  parameters: readonly SqlValue[] = [],
): Promise<Row> {
  const { rows } = await executor.query<Row>(sql, parameters);
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`expected one row, got ${rows.length}: ${sql}`);
  return row;
}

export interface TestAccount {
  readonly tenantId: number;
  readonly accountId: number;
  /** 1 to 31 March 2026, New York, with its change to summer time. */
  readonly periodId: number;
}

let made = 0;

/** A tenant of its own with an account and a billing cycle. */
export async function addTestAccount(
  executor: SqlExecutor,
  settings: {
    missingUsage?: "zero" | "unknown";
    usageSource?: string;
    concurrency?: number;
    callsPerSecond?: number;
  } = {},
): Promise<TestAccount> {
  const { tenant_id: tenantId } = await oneRow<{ tenant_id: number }>(
    executor,
    "INSERT INTO tenants (name) VALUES ($1) RETURNING tenant_id",
    [`tenant ${process.pid} ${++made}`],
  );
  const { carrier_account_id: accountId } = await oneRow<{ carrier_account_id: number }>(
    executor,
    `INSERT INTO carrier_accounts (tenant_id, name, kind, time_zone, cycle_day, currency, missing_usage, usage_source, concurrency, calls_per_second)
     VALUES ($1, 'main', 'jasper', 'America/New_York', 1, 'USD', $2, $3, $4, $5) RETURNING carrier_account_id`,
    [
      tenantId,
      settings.missingUsage ?? "zero",
      settings.usageSource ?? null,
      settings.concurrency ?? 1,
      settings.callsPerSecond ?? 5,
    ],
  );
  const { billing_period_id: periodId } = await oneRow<{ billing_period_id: number }>(
    executor,
    `INSERT INTO billing_periods (tenant_id, carrier_account_id, starts_at, ends_at, starts_on, ends_on)
     VALUES ($1, $2, '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z', '2026-03-01', '2026-04-01') RETURNING billing_period_id`,
    [tenantId, accountId],
  );
  return { tenantId, accountId, periodId };
}
