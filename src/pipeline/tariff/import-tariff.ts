import { formatPicos } from "../../billing/decimal.ts";
import type { InputSource } from "../../carriers/files/input-source.ts";
import { sourceName } from "../../carriers/files/input-source.ts";
import type { PlanRow } from "../../carriers/files/read-plans.ts";
import { readPlans } from "../../carriers/files/read-plans.ts";
import { readPools } from "../../carriers/files/read-pools.ts";
import type { SetAsidePlan } from "../../carriers/files/read-tariff.ts";
import { readTariff } from "../../carriers/files/read-tariff.ts";
import { readTaxes } from "../../carriers/files/read-taxes.ts";
import type { Database, SqlValue, Transaction } from "../../ports/database.ts";
import type { CarrierAccount } from "../context.ts";
import { textSource } from "./load-tariff.ts";

export interface TariffImport {
  readonly plans: InputSource;
  readonly pools?: InputSource | undefined;
  readonly taxes?: InputSource | undefined;
}

export interface ImportedTariff {
  readonly plans: number;
  readonly pools: number | undefined;
  readonly taxes: number | undefined;
  /** Kept, and refused when a session is prepared unless INVALID_PLANS is quarantine. */
  readonly invalid: readonly SetAsidePlan[];
}

/**
 * Replaces an account's rate plans, and its pools and taxes where such files are given, by those of the files.
 * Earlier versions stay for the sessions that used them. Rows are written in the order of the file.
 * @throws PoolwiseError `file-unreadable`, `input-invalid`; `plan-invalid` never.
 */
export async function importTariff(
  database: Database,
  account: CarrierAccount,
  files: TariffImport,
): Promise<ImportedTariff> {
  const bytes = {
    plans: await contentOf(files.plans),
    pools: files.pools === undefined ? undefined : await contentOf(files.pools),
    taxes: files.taxes === undefined ? undefined : await contentOf(files.taxes),
  };
  const { setAside } = await readTariff(
    { plans: bytes.plans(), pools: bytes.pools?.(), taxes: bytes.taxes?.() },
    { currency: account.currency, quarantine: true },
  );
  const plans = await readPlans(bytes.plans());
  const pools = bytes.pools && (await readPools(bytes.pools()));
  const taxes = bytes.taxes && (await readTaxes(bytes.taxes()));
  await database.transaction(async (within) => {
    await within.query("SELECT FROM carrier_accounts WHERE carrier_account_id = $1 FOR NO KEY UPDATE", [
      account.accountId,
    ]);
    await replacePlans(within, account, plans.rows);
    if (pools !== undefined) {
      await supersede(within, "rate_pools", account);
      for (const { pool } of pools.rows)
        await insertRow(within, "rate_pools", account, {
          name: pool.name,
          included_bytes: pool.includedBytes,
          monthly_cost: formatPicos(pool.monthlyCost),
        });
    }
    if (taxes !== undefined) {
      await supersede(within, "tax_rates", account);
      const rates = [...taxes.taxes.byLocation, ["account", taxes.taxes.account] as const];
      for (const [location, rate] of rates)
        await insertRow(within, "tax_rates", account, { location, rate: formatPicos(rate) });
    }
  });
  return {
    plans: plans.rows.length,
    pools: pools?.rows.length,
    taxes: taxes && taxes.taxes.byLocation.size + 1,
    invalid: setAside,
  };
}

/** Reads a source once; the files are small. The bytes come as they were, so that any format is read again. */
async function contentOf(source: InputSource): Promise<() => InputSource> {
  if (typeof source === "string" && source !== "-") return () => source;
  const stream = typeof source === "string" ? process.stdin : source.stream;
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part as Uint8Array));
  const all = Buffer.concat(parts);
  return () => textSource(sourceName(source), all);
}

async function replacePlans(
  within: Transaction,
  account: CarrierAccount,
  rows: readonly PlanRow[],
): Promise<void> {
  await supersede(within, "rate_plans", account);
  const { rows: known } = await within.query<{ code: string; version: number }>(
    "SELECT code, max(version) AS version FROM rate_plans WHERE carrier_account_id = $1 GROUP BY code",
    [account.accountId],
  );
  const versions = new Map(known.map(({ code, version }) => [code, version]));
  for (const { plan, invalid } of rows) {
    const charges = invalid === undefined && plan.overage === "charge";
    await insertRow(within, "rate_plans", account, {
      code: plan.code,
      version: (versions.get(plan.code) ?? 0) + 1,
      type: plan.type,
      pool: plan.pool,
      monthly_cost: formatPicos(plan.monthlyCost),
      included_bytes: plan.includedBytes,
      overage: invalid === undefined ? plan.overage : "charge",
      overage_rate: charges ? formatPicos(plan.overageRate) : null,
      overage_block_bytes: charges ? plan.overageBlockBytes : null,
      usage_increment_bytes: plan.usageIncrementBytes,
      proration: plan.proration,
      prorate_included: plan.prorateIncluded,
      regulatory_fee: formatPicos(plan.regulatoryFee),
      min_devices: plan.minDevices,
      max_devices: Number.isFinite(plan.maxDevices) ? plan.maxDevices : null,
      available: plan.available,
    });
  }
}

async function supersede(
  within: Transaction,
  table: "rate_plans" | "rate_pools" | "tax_rates",
  account: CarrierAccount,
): Promise<void> {
  await within.query(
    `UPDATE ${table} SET superseded_at = clock_timestamp() WHERE carrier_account_id = $1 AND superseded_at IS NULL`,
    [account.accountId],
  );
}

async function insertRow(
  within: Transaction,
  table: "rate_plans" | "rate_pools" | "tax_rates",
  { tenantId, accountId }: CarrierAccount,
  fields: Readonly<Record<string, SqlValue>>,
): Promise<void> {
  const all = { tenant_id: tenantId, carrier_account_id: accountId, ...fields };
  const names = Object.keys(all);
  await within.query(
    `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map((_, index) => `$${index + 1}`).join(", ")})`,
    Object.values(all),
  );
}
