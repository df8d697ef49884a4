import { formatMicros } from "../../billing/decimal.ts";
import { gapOf, type ProofNode } from "../../optimizer/solution.ts";
import type { Optimization, ProvenClaim } from "./optimization.ts";

/** Where a run's inputs come from, as far as its certificate names them. */
export interface CertificateOrigin {
  /** SHA-256 of each input file by its name: devices, plans and, where given, eligibility, pools, taxes. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Whether invalid plans were set aside rather than refused. */
  readonly quarantine: boolean;
}

type Leaf = Extract<ProofNode, { kind: "leaf" }>;

/**
 * The certificate of a run as `docs/certificate.md` defines it, as JSON text; undefined where the certified solver was
 * not asked for. The proof is written without recursion, which `JSON.stringify` does not survive at a depth of
 * thousands.
 */
export function certificateText(run: Optimization, origin: CertificateOrigin): string | undefined {
  const { certified, after, penalty } = run;
  if (certified === undefined) return undefined;
  const gap = gapOf(after.total, penalty, certified.bound);
  const fields = {
    format: "poolwise-certificate/1",
    inputs: origin.inputs,
    settings: settingsOf(run, origin.quarantine),
    bill: formatMicros(after.total),
    bound: formatMicros(certified.bound),
    gap: Number.isFinite(gap) ? gap : null,
    lattice: formatMicros(certified.lattice),
  };
  const lines = Object.entries(fields).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`,
  );
  return `{\n${lines.join("")}  "proof": ${proofText(run, certified)}\n}\n`;
}

function settingsOf({ tariff, terms, period }: Optimization, quarantine: boolean): object {
  return {
    currency: tariff.currency,
    period: period === undefined ? null : { start: period.start, end: period.end },
    switch_cost: formatMicros(terms.switchCost),
    min_saving: formatMicros(terms.minSaving),
    max_changes: Number.isFinite(terms.maxChanges) ? terms.maxChanges : null,
    quarantine,
    billable_statuses: [...terms.billableStatuses].sort(),
  };
}

/** Node and punctuation left to write, the next one last. */
function proofText(run: Optimization, certified: ProvenClaim): string {
  const codes = run.tariff.plans.map((plan) => plan.code);
  const pools = run.table.pools.map((pool) => pool.name);
  const parts: string[] = [];
  const left: (ProofNode | string)[] = [certified.proof];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === "string") parts.push(next);
    else if (next.kind === "leaf") parts.push(leafText(next, pools, codes));
    else if (next.kind === "pool") {
      parts.push(`{"pool":${JSON.stringify(pools[next.pool])},"blocks":${next.blocks},"at_most":`);
      left.push("}", next.atLeast, ',"at_least":', next.atMost);
    } else if (next.kind === "devices") {
      parts.push(`{"plan":${JSON.stringify(codes[next.plan])},"devices":${next.devices},"at_most":`);
      left.push("}", next.atLeast, ',"at_least":', next.atMost);
    } else {
      const iccid = run.fleet.iccid(certified.rows[next.sim] as number);
      parts.push(`{"sim":${JSON.stringify(iccid)},"plan":${JSON.stringify(codes[next.plan])},"on":`);
      left.push("}", next.off, ',"off":', next.on);
    }
  }
  return parts.join("");
}

function leafText(leaf: Leaf, pools: readonly string[], codes: readonly string[]): string {
  const prices = {
    pools: byName(leaf.poolPrices, pools),
    max_devices: byName(leaf.maxDevices, codes),
    min_devices: byName(leaf.minDevices, codes),
    max_changes: leaf.maxChanges,
  };
  return JSON.stringify({ prices });
}

/** Prices above 0 by name; `fromEntries`, so that a pool may be called `__proto__`. */
function byName(prices: readonly string[], names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    prices.flatMap((price, index) => (/[1-9]/.test(price) ? [[names[index] ?? "", price]] : [])),
  );
}
