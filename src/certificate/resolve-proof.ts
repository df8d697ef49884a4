import type { Certificate, LeafStep, PriceList, ProofStep } from "./certificate.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import { GRAINS_PER_ATTO, GRAINS_PER_BYTE_AT_ONE_ATTO } from "./exact.ts";
import type { LeafPrices } from "./leaf-bound.ts";
import type { Limits } from "./limits.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";

/** A step with names replaced by indices: SIMs by row, plans and pools as in the tariff. */
export type ResolvedStep =
  | { readonly kind: "leaf"; readonly leaf: LeafStep }
  | {
      readonly kind: "pool";
      readonly pool: number;
      readonly blocks: number;
      readonly second: number;
      readonly end: number;
    }
  | {
      readonly kind: "devices";
      readonly plan: number;
      readonly devices: number;
      readonly second: number;
      readonly end: number;
    }
  | {
      readonly kind: "sim";
      readonly row: number;
      readonly plan: number;
      readonly second: number;
      readonly end: number;
    };

/** Finds every name of the proof, with a reason for each that is not there. O(rows + nodes). */
export function resolveProof(
  proof: Certificate["proof"],
  fleet: ExactFleet,
  limits: Limits,
  reasons: Reasons,
): readonly ResolvedStep[] | undefined {
  const before = reasons.count;
  const rowOf = rowsOfSims(proof, fleet);
  const counted = new Set(proof.flatMap((step) => (step.kind === "devices" ? [step.plan] : [])));
  const steps: ResolvedStep[] = [];
  proof.forEach((step, index) => {
    const where = `proof node ${index + 1}`;
    if (step.kind === "leaf") {
      checkPriceNames(step, where, fleet, limits, counted, reasons);
      steps.push({ kind: "leaf", leaf: step });
    } else if (step.kind === "pool") {
      const pool = fleet.poolByName.get(step.pool);
      if (pool === undefined)
        reasons.add(() => `${where} names pool ${quoted(step.pool)}, which no plan shares.`);
      else steps.push({ kind: "pool", pool, blocks: step.blocks, second: step.second, end: step.end });
    } else if (step.kind === "devices") {
      const plan = fleet.planByCode.get(step.plan);
      if (plan === undefined)
        reasons.add(() => `${where} names plan ${quoted(step.plan)}, which the plans file does not have.`);
      else steps.push({ kind: "devices", plan, devices: step.devices, second: step.second, end: step.end });
    } else {
      const row = rowOf.get(step.sim);
      const plan = fleet.planByCode.get(step.plan);
      if (row === undefined)
        reasons.add(() => `${where} names SIM ${quoted(step.sim)}, which is not in the bill.`);
      if (plan === undefined)
        reasons.add(() => `${where} names plan ${quoted(step.plan)}, which the plans file does not have.`);
      if (row !== undefined && plan !== undefined)
        steps.push({ kind: "sim", row, plan, second: step.second, end: step.end });
    }
  });
  return reasons.count > before ? undefined : steps;
}

/** Rows of the SIMs that the proof branches on and that are in the bill. */
function rowsOfSims(proof: readonly ProofStep[], fleet: ExactFleet): ReadonlyMap<string, number> {
  const wanted = new Set<string>();
  for (const step of proof) if (step.kind === "sim") wanted.add(step.sim);
  const rowOf = new Map<string, number>();
  if (wanted.size === 0) return rowOf;
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row)) continue;
    const iccid = fleet.iccid(row);
    if (wanted.has(iccid)) rowOf.set(iccid, row);
  }
  return rowOf;
}

function checkPriceNames(
  leaf: LeafStep,
  where: string,
  fleet: ExactFleet,
  limits: Limits,
  counted: ReadonlySet<string>,
  reasons: Reasons,
): void {
  for (const [name] of leaf.pools) {
    if (!fleet.poolByName.has(name))
      reasons.add(() => `${where} prices pool ${quoted(name)}, which no plan shares.`);
  }
  for (const [list, field] of [
    [leaf.maxDevices, "max_devices"],
    [leaf.minDevices, "min_devices"],
  ] as const) {
    for (const [name, price] of list) {
      const plan = fleet.planByCode.get(name);
      if (plan === undefined) {
        reasons.add(
          () => `${where} prices ${field} of plan ${quoted(name)}, which the plans file does not have.`,
        );
      } else if (
        field === "max_devices" &&
        price > 0n &&
        limits.plans[plan]?.max === undefined &&
        !counted.has(name)
      ) {
        reasons.add(() => `${where} prices max_devices of plan ${quoted(name)}, which has no such limit.`);
      }
    }
  }
  if (leaf.maxChanges > 0n && limits.maxChanges === undefined) {
    reasons.add(() => `${where} prices max_changes, but settings.max_changes is null.`);
  }
}

/** Plan whose upper limit a leaf prices although nothing on its path limits it; undefined where there is none. */
export function unlimitedPrice(leaf: LeafStep, fleet: ExactFleet, limits: Limits): string | undefined {
  const found = leaf.maxDevices.find(
    ([name, price]) => price > 0n && limits.plans[fleet.planByCode.get(name) ?? -1]?.max === undefined,
  );
  return found?.[0];
}

/** A leaf's prices by index, in grains. Its names must have been resolved. O(plans + pools). */
export function leafPrices(leaf: LeafStep, fleet: ExactFleet, limits: Limits): LeafPrices {
  const plans: bigint[] = Array.from(fleet.plans, () => 0n);
  let constant = 0n;
  const addLimit = (list: PriceList, sign: bigint, limitOf: (plan: number) => bigint): void => {
    for (const [name, attos] of list) {
      const plan = fleet.planByCode.get(name) ?? -1;
      const price = sign * attos * GRAINS_PER_ATTO;
      plans[plan] = (plans[plan] ?? 0n) + price;
      constant -= price * limitOf(plan);
    }
  };
  addLimit(leaf.maxDevices, 1n, (plan) => limits.plans[plan]?.max ?? 0n);
  addLimit(leaf.minDevices, -1n, (plan) => limits.plans[plan]?.min ?? 0n);
  const change = leaf.maxChanges * GRAINS_PER_ATTO;
  const pools: bigint[] = Array.from(fleet.pools, () => 0n);
  for (const [name, attos] of leaf.pools)
    pools[fleet.poolByName.get(name) ?? -1] = attos * GRAINS_PER_BYTE_AT_ONE_ATTO;
  return { pools, plans, change, constant: constant - change * (limits.maxChanges ?? 0n) };
}
