import type { InputSource } from "../../carriers/files/input-source.ts";
import { readEligibility } from "../../carriers/files/read-eligibility.ts";
import type { Database } from "../../ports/database.ts";
import type { CarrierAccount } from "../context.ts";
import { loadTariff } from "./load-tariff.ts";
import { tariffTexts } from "./tariff-files.ts";

const ANY_CYCLE_DAYS = 30;

/**
 * Replaces which rate plans each communication plan of an account may carry. Import the plans first.
 * @throws PoolwiseError `file-unreadable`, `input-invalid`, such as for a plan that was not imported.
 */
export async function importEligibility(
  database: Database,
  account: CarrierAccount,
  file: InputSource,
): Promise<{ readonly communicationPlans: number; readonly pairs: number }> {
  const { tenantId, accountId } = account;
  const texts = await tariffTexts(database, accountId);
  const terms = { currency: account.currency, cycleDays: ANY_CYCLE_DAYS, quarantine: true };
  const { tariff } = await loadTariff({ ...texts, eligibility: undefined }, terms);
  const { eligibility } = await readEligibility(file, tariff);
  const pairs = [...eligibility].flatMap(([name, plans]) => [...plans].map((code) => ({ name, code })));
  await database.transaction(async (within) => {
    await within.query(
      `DELETE FROM communication_plan_rate_plans WHERE communication_plan_id IN (
         SELECT communication_plan_id FROM communication_plans WHERE carrier_account_id = $1)`,
      [accountId],
    );
    await within.query(
      `INSERT INTO communication_plans (tenant_id, carrier_account_id, name)
       SELECT $1, $2, unnest($3::text[]) ON CONFLICT (carrier_account_id, name) DO NOTHING`,
      [tenantId, accountId, [...eligibility.keys()]],
    );
    await within.query(
      `INSERT INTO communication_plan_rate_plans (communication_plan_id, rate_plan_code)
       SELECT communication_plan_id, pair.code FROM unnest($2::text[], $3::text[]) AS pair (name, code)
       JOIN communication_plans plan ON plan.carrier_account_id = $1 AND plan.name = pair.name`,
      [accountId, pairs.map(({ name }) => name), pairs.map(({ code }) => code)],
    );
  });
  return { communicationPlans: eligibility.size, pairs: pairs.length };
}
