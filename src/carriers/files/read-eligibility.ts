import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { InputFile, InputSource } from "./input-source.ts";
import { CellReader } from "./read-cells.ts";
import { readTable } from "./read-table.ts";
import { showCell } from "./show-cell.ts";
import { suggestNearest } from "./suggest-nearest.ts";

export const ELIGIBILITY_COLUMNS = { required: ["communication_plan", "plan"], optional: [] } as const;

/**
 * Reads which plans each communication plan may carry. A pair that stands twice counts once.
 * @throws PoolwiseError `file-unreadable` or `input-invalid`.
 */
export async function readEligibility(
  source: InputSource,
  tariff: Tariff,
): Promise<{ readonly eligibility: NonNullable<Eligibility>; readonly file: InputFile }> {
  const { rows, file, faults } = await readTable(source, ELIGIBILITY_COLUMNS);
  const codes = new Set(tariff.plans.map((plan) => plan.code));
  const eligibility = new Map<string, Set<string>>();
  for (const row of rows) {
    const cells = new CellReader(row, faults);
    const communicationPlan = cells.name("communication_plan");
    const plan = cells.name("plan");
    if (communicationPlan === undefined || plan === undefined) continue;
    if (!codes.has(plan))
      cells.fault("plan", `${showCell(plan)} is not in the plans file.${suggestNearest(plan, codes)}`);
    else {
      const plans = eligibility.get(communicationPlan);
      if (plans === undefined) eligibility.set(communicationPlan, new Set([plan]));
      else plans.add(plan);
    }
  }
  faults.throwIfAny();
  return { eligibility, file };
}
