import { toPicos } from "../billing-engine/money.ts";
import { mbToBytes, unitBytes } from "../billing-engine/plan-prices.ts";
import type { BillingContract } from "../billing-engine/contract.ts";
import type { World } from "../world.ts";
import { cell } from "./cell.ts";
import { isPooled } from "./plan-terms.ts";
import { latestVersion } from "./rate-plan-catalogue.ts";
import type { RatePlan } from "./rate-plan-catalogue.ts";

const PLAN_COLUMNS =
  "plan,type,pool,monthly_cost,included_mb,overage,overage_rate,overage_block_mb,usage_increment_kb,proration,prorate_included,regulatory_fee,available";

/** The contract's plans as a Poolwise plans file. What a change of version would do is not described. */
export function plansCsv(world: World): string {
  const { contract } = world.settings;
  return csv(
    PLAN_COLUMNS,
    contractPlansOf(world).map((plan) => planRow(plan, contract)),
  );
}

/** Which rate plans are sold with which communication plan; one that is sold with none is not listed. */
export function eligibilityCsv(world: World): string {
  const rows = world.communicationPlans.flatMap((communicationPlan, code) =>
    (world.sold[code] ?? []).map((plan) => [communicationPlan, plan.name]),
  );
  return csv("communication_plan,plan", rows);
}

export function poolsCsv(world: World): string {
  const fixed = contractPlansOf(world).filter((plan) => latestVersion(plan).terms.kind === "fixed-pool");
  const rows = fixed.map((plan) => {
    const { terms } = latestVersion(plan);
    return [plan.name, includedMb(terms.includedMb, world.settings.contract), terms.accountCharge];
  });
  return csv("pool,included_mb,monthly_cost", rows);
}

function contractPlansOf(world: World): RatePlan[] {
  return world.catalogue.plans.filter((plan) => plan.contract);
}

function planRow(plan: RatePlan, contract: BillingContract): string[] {
  const { terms } = latestVersion(plan);
  const pooled = isPooled(terms);
  const fixed = terms.kind === "fixed-pool";
  const prorated = contract.subscriptionCharge === "PRORATED";
  const overage = terms.kind === "unlimited" || terms.overage !== undefined ? "charge" : "none";
  const block = terms.overage && bytesAsMb(unitBytes(terms.overage.unit, BigInt(contract.mbBase)));
  return [
    plan.name,
    terms.kind === "unlimited" ? "unlimited" : pooled ? "pooled" : "individual",
    pooled ? plan.name : "",
    terms.subscriptionCharge,
    fixed ? "0" : includedMb(terms.includedMb, contract),
    terms.kind === "unlimited" ? "" : overage,
    terms.overage?.price ?? "",
    block ?? "",
    terms.roundingKb === 0 ? "" : incrementKb(terms.roundingKb, contract),
    prorated ? "active_days" : "full",
    contract.newSimAllowance === "PRORATED_DAYS" && !fixed ? "yes" : "no",
    terms.regulatoryFee,
    plan.published ? "yes" : "no",
  ];
}

function includedMb(mb: string, contract: BillingContract): string {
  if (mb === "unlimited" || contract.mbBase === 1024) return mb;
  return bytesAsMb(mbToBytes(mb, BigInt(contract.mbBase)));
}

/** Bytes as MB of 1,048,576 bytes, with the 12 decimals that bring the same bytes back. */
function bytesAsMb(bytes: bigint): string {
  const scale = 10n ** 12n;
  const scaled = (2n * bytes * scale + 1_048_576n) / 2_097_152n;
  return trimmed(scaled, scale, 12);
}

function incrementKb(kb: number, contract: BillingContract): string {
  const picos = toPicos(String(kb)) * BigInt(contract.mbBase);
  return trimmed(picos / 1024n, 10n ** 12n, 12);
}

function trimmed(scaled: bigint, scale: bigint, places: number): string {
  const fraction = (scaled % scale).toString().padStart(places, "0").replace(/0+$/, "");
  return fraction === "" ? String(scaled / scale) : `${scaled / scale}.${fraction}`;
}

function csv(header: string, rows: readonly (readonly string[])[]): string {
  return [header, ...rows.map((row) => row.map(cell).join(","))].map((line) => `${line}\n`).join("");
}
