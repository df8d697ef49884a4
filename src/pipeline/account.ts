import { PoolwiseError } from "../billing/errors.ts";
import type { SqlExecutor } from "../ports/database.ts";
import type { CarrierAccount } from "./context.ts";

const COLUMNS = `carrier_account_id AS "accountId", tenant_id AS "tenantId", name, kind, base_url AS "baseUrl",
  username, secret_env AS "secretEnv", time_zone AS "timeZone", cycle_day AS "cycleDay", currency,
  calls_per_second::float8 AS "callsPerSecond", concurrency, optimization_start_hour AS "startHour",
  last_sync_at AS "lastSyncAt", last_full_sync_at AS "lastFullSyncAt", disabled_at IS NOT NULL AS disabled, settings`;

type AccountRow = { readonly [Key in keyof CarrierAccount]: CarrierAccount[Key] | null };

function fromRow(row: AccountRow): CarrierAccount {
  const given = Object.entries(row).map(([key, value]) => [key, value ?? undefined]);
  return Object.fromEntries(given) as CarrierAccount;
}

/** @throws PoolwiseError `option-invalid` where there is no such account, or it is another tenant's. */
export async function readAccount(
  executor: SqlExecutor,
  accountId: number,
  tenantId?: number,
): Promise<CarrierAccount> {
  const { rows } = await executor.query<AccountRow>(
    `SELECT ${COLUMNS} FROM carrier_accounts WHERE carrier_account_id = $1 AND ($2::int IS NULL OR tenant_id = $2)`,
    [accountId, tenantId ?? null],
  );
  const [row] = rows;
  if (row !== undefined) return fromRow(row);
  throw new PoolwiseError(
    "option-invalid",
    `There is no carrier account ${accountId}. List them with poolwise carrier list.`,
    { data: { accountId } },
  );
}
