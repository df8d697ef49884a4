import type { ExactFleet } from "./exact-fleet.ts";
import type { Restriction } from "./leaf-bound.ts";
import { leafBound, leavesPlan } from "./leaf-bound.ts";
import type { Limits } from "./limits.ts";
import type { BlockRange } from "./pool-term.ts";
import { ANY_BLOCKS } from "./pool-term.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";
import type { ResolvedStep } from "./resolve-proof.ts";
import { leafPrices, unlimitedPrice } from "./resolve-proof.ts";

/** What a tree proves. */
export interface ProvenBound {
  /** Grains: the least bound of the leaves; undefined where every leaf is empty. */
  readonly bound: bigint | undefined;
  readonly leaves: number;
  /** Leaves that hold no assignment at all. */
  readonly emptyLeaves: number;
}

type BranchStep = Exclude<ResolvedStep, { kind: "leaf" }>;

interface OpenBranch {
  readonly step: BranchStep;
  readonly outerRange: BlockRange;
  readonly outerRestriction: Restriction | undefined;
  readonly outerLimit: Limits["plans"][number] | undefined;
  inSecond: boolean;
}

/**
 * Evaluates every leaf of a proof within the branches that lead to it; a branch that leaves a pool no number of
 * blocks, a plan no number of SIMs, or a SIM no plan, is left out. Depth is bounded by memory alone. O(leaves · rows · plans + nodes).
 * undefined, with the reason, where a leaf has no least value.
 */
export function walkProof(
  steps: readonly ResolvedStep[],
  fleet: ExactFleet,
  limits: Limits,
  reasons: Reasons,
): ProvenBound | undefined {
  const ranges = fleet.pools.map(() => ANY_BLOCKS);
  const restrictions = new Map<number, Restriction>();
  const scoped = { plans: [...limits.plans], maxChanges: limits.maxChanges };
  const open: OpenBranch[] = [];
  let bound: bigint | undefined;
  let evaluated = 0;

  function setRestriction(row: number, restriction: Restriction | undefined): void {
    if (restriction === undefined) restrictions.delete(row);
    else restrictions.set(row, restriction);
  }

  /** Narrows the scope to a branch; false where it leaves nothing. */
  function narrow({ step, outerRange, outerRestriction, outerLimit, inSecond }: OpenBranch): boolean {
    if (step.kind === "devices") {
      const { min, max } = outerLimit ?? { min: 0n, max: undefined };
      const count = BigInt(step.devices);
      const limit = inSecond
        ? { min: min > count ? min : count + 1n, max }
        : { min, max: max !== undefined && max < count ? max : count };
      scoped.plans[step.plan] = limit;
      return limit.max === undefined || limit.min <= limit.max;
    }
    if (step.kind === "pool") {
      const { lo, hi } = outerRange;
      const range = inSecond
        ? { lo: Math.max(lo, step.blocks + 1), hi }
        : { lo, hi: Math.min(hi, step.blocks) };
      ranges[step.pool] = range;
      return range.lo <= range.hi;
    }
    const { on, off } = outerRestriction ?? { on: undefined, off: [] };
    const conflict = !inSecond && on !== undefined && on !== step.plan;
    const without = off.includes(step.plan) ? off : [...off, step.plan];
    const restriction = inSecond ? { on, off: without } : { on: step.plan, off };
    setRestriction(step.row, restriction);
    return !conflict && leavesPlan(fleet, step.row, restriction);
  }

  function restore({ step, outerRange, outerRestriction, outerLimit }: OpenBranch): void {
    if (step.kind === "devices") scoped.plans[step.plan] = outerLimit ?? { min: 0n, max: undefined };
    else if (step.kind === "pool") ranges[step.pool] = outerRange;
    else setRestriction(step.row, outerRestriction);
  }

  /** Closes the branches that end at `index` and opens the second ones that begin there. */
  function settle(index: number): number {
    let at = index;
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (at === top.step.end) {
        restore(top);
        open.pop();
      } else if (at === top.step.second && !top.inSecond) {
        top.inSecond = true;
        if (!narrow(top)) at = top.step.end;
      } else break;
    }
    return at;
  }

  /** Opens the first branch of a node; the step to go on with. */
  function enter(step: BranchStep, at: number): number {
    const branch = {
      step,
      outerRange: step.kind === "pool" ? (ranges[step.pool] as BlockRange) : ANY_BLOCKS,
      outerRestriction: step.kind === "sim" ? restrictions.get(step.row) : undefined,
      outerLimit: step.kind === "devices" ? scoped.plans[step.plan] : undefined,
      inSecond: false,
    };
    open.push(branch);
    return narrow(branch) ? at + 1 : step.second;
  }

  let at = 0;
  while (at < steps.length) {
    const step = steps[at] as ResolvedStep;
    if (step.kind !== "leaf") {
      at = settle(enter(step, at));
      continue;
    }
    const unlimited = unlimitedPrice(step.leaf, fleet, scoped);
    if (unlimited !== undefined) {
      reasons.add(
        `proof node ${steps.indexOf(step) + 1} prices max_devices of plan ${quoted(unlimited)}, which nothing limits there.`,
      );
      return undefined;
    }
    const prices = leafPrices(step.leaf, fleet, scoped);
    const result = leafBound(fleet, scoped, prices, { ranges, restrictions });
    at = settle(at + 1);
    if (result.kind === "unbounded") {
      const pool = quoted(fleet.pools[result.pool]?.name ?? "");
      reasons.add(
        `proof node ${steps.indexOf(step) + 1} prices pool ${pool} above its block price by size, which proves nothing where its blocks have no upper end.`,
      );
      return undefined;
    }
    if (result.kind === "empty") continue;
    evaluated++;
    if (bound === undefined || result.bound < bound) bound = result.bound;
  }
  const leaves = steps.reduce((sum, step) => sum + (step.kind === "leaf" ? 1 : 0), 0);
  return { bound, leaves, emptyLeaves: leaves - evaluated };
}
