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
 * Takes an account out of use for good. Its row stays, for what refers to it; its name and its secret do not.
 * @throws PoolwiseError `option-invalid` while a session runs, and where it was removed before.
 */
export async function removeAccount(
  database: Database,
  { accountId, tenantId, name }: CarrierAccount,
  actor: string,
): Promise<void> {
  await database.transaction(async (within) => {
    const { rowCount } = await within.query(
      `UPDATE carrier_accounts SET disabled_at = now(), secret_env = NULL, secret_ciphertext = NULL,
         name = left(name, 170) || ' (removed ' || carrier_account_id || ')'
       WHERE carrier_account_id = $1 AND disabled_at IS NULL`,
      [accountId],
    );
    if (rowCount === 0) {
      throw new PoolwiseError("option-invalid", `Carrier account ${accountId} was removed before.`);
    }
    const { rows } = await within.query<{ id: string }>(
      `SELECT session_id AS id FROM optimization_sessions
       WHERE service_provider_id = $1 AND status IN ('PENDING', 'RUNNING') LIMIT 1`,
      [accountId],
    );
    const [running] = rows;
    if (running !== undefined) {
      throw new PoolwiseError(
        "option-invalid",
        `Session ${running.id} of account ${name} is running. Cancel it first: poolwise session cancel ${running.id}`,
      );
    }
    await audit(within, tenantId, accountId, actor, "carrier-account.removed");
  });
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
