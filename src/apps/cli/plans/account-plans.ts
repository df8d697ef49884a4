import type { PlanRow } from "../../../carriers/files/read-plans.ts";
import { readPlans } from "../../../carriers/files/read-plans.ts";
import type { CarrierAccount } from "../../../pipeline/context.ts";
import { textSource } from "../../../pipeline/tariff/load-tariff.ts";
import { tariffTexts } from "../../../pipeline/tariff/tariff-files.ts";
import type { SqlExecutor } from "../../../ports/database.ts";

/** The current rate plans of an account, in the order of their file. */
export async function readAccountPlans(
  executor: SqlExecutor,
  account: CarrierAccount,
): Promise<{ readonly plans: readonly PlanRow[] }> {
  const texts = await tariffTexts(executor, account.accountId);
  if (texts.planIds.length === 0) return { plans: [] };
  const { rows, faults } = await readPlans(textSource(`plans of ${account.name}`, texts.plans));
  faults.throwIfAny();
  return { plans: rows };
}
