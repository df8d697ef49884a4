import type { SqlExecutor } from "../../../ports/database.ts";
import { PACE_LIFTED } from "../../../pipeline/carriers/open-carriers.ts";

/** An account as `carrier list --json` prints it. What holds its secret is named; the secret is not there. */
export interface ListedAccount {
  readonly id: number;
  readonly tenant: string;
  readonly name: string;
  readonly kind: string;
  readonly base_url: string | null;
  readonly username: string | null;
  readonly secret_env: string | null;
  readonly time_zone: string;
  readonly cycle_day: number;
  readonly currency: string;
  /** null: no limit. */
  readonly calls_per_second: number | null;
  readonly concurrency: number;
  readonly rate_plans: number;
  readonly devices: number;
  readonly last_sync_at: Date | null;
  readonly disabled: boolean;
}

export async function listAccounts(
  executor: SqlExecutor,
  { all, tenantId }: { readonly all: boolean; readonly tenantId: number | undefined },
): Promise<ListedAccount[]> {
  const { rows } = await executor.query<ListedAccount>(
    `SELECT carrier_account_id AS id, tenants.name AS tenant, account.name, kind, base_url, username, secret_env, time_zone,
       cycle_day, currency, nullif(calls_per_second::float8, $1) AS calls_per_second, concurrency,
       (SELECT count(*) FROM rate_plans plan
        WHERE plan.carrier_account_id = account.carrier_account_id AND superseded_at IS NULL) AS rate_plans,
       (SELECT count(*) FROM devices device
        WHERE device.carrier_account_id = account.carrier_account_id AND vanished_at IS NULL) AS devices,
       last_sync_at, disabled_at IS NOT NULL AS disabled
     FROM carrier_accounts account JOIN tenants USING (tenant_id)
     WHERE ($2 OR disabled_at IS NULL) AND ($3::int IS NULL OR tenant_id = $3) ORDER BY carrier_account_id`,
    [PACE_LIFTED, all, tenantId ?? null],
  );
  return rows;
}
