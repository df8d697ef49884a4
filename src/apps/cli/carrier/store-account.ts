import { writeAudit } from "../../../adapters/store/records.ts";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { Database, Transaction } from "../../../ports/database.ts";
import type { CarrierAccount } from "../../../pipeline/context.ts";
import type { NewAccount } from "./new-account.ts";

/** @returns the account's id. @throws PoolwiseError `option-invalid` where the name is taken. */
export async function addAccount(
  database: Database,
  tenantId: number,
  account: NewAccount,
  actor: string,
): Promise<number> {
  return await database.transaction(async (within) => {
    const { rows } = await within.query<{ id: number }>(
      `INSERT INTO carrier_accounts (tenant_id, name, kind, base_url, username, secret_env, time_zone, cycle_day, currency,
         calls_per_second, concurrency, optimization_start_hour, missing_usage)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
       ON CONFLICT (tenant_id, name) DO NOTHING RETURNING carrier_account_id AS id`,
      [
        tenantId,
        account.name,
        account.kind,
        account.baseUrl,
        account.username,
        account.secretEnv,
        account.timeZone,
        account.cycleDay,
        account.currency,
        account.callsPerSecond,
        account.concurrency,
        account.startHour,
        account.missingUsage,
      ],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw taken(account.name);
    await audit(within, tenantId, id, actor, "carrier-account.added");
    return id;
  });
}

/**
 * Takes an account out of use. What sessions were made of stays; an account that has none goes altogether.
 * @returns "deleted" or "switched-off". @throws PoolwiseError `option-invalid` while a session runs.
 */
export async function removeAccount(
  database: Database,
  { accountId, tenantId, name }: CarrierAccount,
  actor: string,
): Promise<"deleted" | "switched-off"> {
  return await database.transaction(async (within) => {
    await within.query("SELECT FROM carrier_accounts WHERE carrier_account_id = $1 FOR UPDATE", [accountId]);
    const { rows } = await within.query<{ id: string; active: boolean }>(
      `SELECT session_id AS id, status IN ('PENDING', 'RUNNING') AS active FROM optimization_sessions
       WHERE service_provider_id = $1 ORDER BY status IN ('PENDING', 'RUNNING') DESC LIMIT 1`,
      [accountId],
    );
    const [session] = rows;
    if (session?.active === true) {
      const how = `Cancel it first: poolwise session cancel ${session.id}`;
      throw new PoolwiseError(
        "option-invalid",
        `Session ${session.id} of account ${name} is running. ${how}`,
      );
    }
    await audit(within, tenantId, accountId, actor, "carrier-account.removed");
    if (session === undefined) {
      await deleteAccount(within, accountId);
      return "deleted";
    }
    await within.query(
      `UPDATE carrier_accounts SET disabled_at = coalesce(disabled_at, now()), secret_env = NULL, secret_ciphertext = NULL,
         name = CASE WHEN disabled_at IS NULL THEN name || ' (removed ' || carrier_account_id || ')' ELSE name END
       WHERE carrier_account_id = $1`,
      [accountId],
    );
    return "switched-off";
  });
}

const OWN_TABLES = [
  "communication_plans",
  "rate_plans",
  "rate_pools",
  "tax_rates",
  "quarantined_rows",
  "billing_periods",
];

async function deleteAccount(within: Transaction, accountId: number): Promise<void> {
  for (const table of [...OWN_TABLES, "carrier_accounts"]) {
    await within.query(`DELETE FROM ${table} WHERE carrier_account_id = $1`, [accountId]);
  }
}

async function audit(
  within: Transaction,
  tenantId: number,
  id: number,
  actor: string,
  action: string,
): Promise<void> {
  await writeAudit(within, {
    tenantId,
    actor,
    action,
    subjectKind: "carrier-account",
    subjectId: String(id),
  });
}

function taken(name: string): PoolwiseError {
  const how = "Choose another --name, or remove that one: poolwise carrier list";
  return new PoolwiseError(
    "option-invalid",
    `There is a carrier account ${JSON.stringify(name)} already. ${how}`,
  );
}
