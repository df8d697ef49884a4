import type { ExactFleet } from "./exact-fleet.ts";
import type { Restriction } from "./leaf-bound.ts";
import { leavesPlan } from "./leaf-bound.ts";
import type { Limits } from "./limits.ts";
import type { BlockRange } from "./pool-term.ts";
import { ANY_BLOCKS } from "./pool-term.ts";
import type { ResolvedStep } from "./resolve-proof.ts";

export type BranchStep = Exclude<ResolvedStep, { kind: "leaf" }>;
type PlanLimit = Limits["plans"][number];

const NO_LIMIT: PlanLimit = { min: 0n, max: undefined };

/** What the branchings on the way to a place in a proof leave of the fleet's choices. */
export class ProofScope {
  /** Started blocks per pool. */
  readonly ranges: BlockRange[];
  /** By row, for the SIMs that are branched on. */
  readonly restrictions = new Map<number, Restriction>();
  readonly limits: { readonly plans: PlanLimit[]; readonly maxChanges: bigint | undefined };
  readonly #fleet: ExactFleet;

  constructor(fleet: ExactFleet, { plans, maxChanges }: Limits) {
    this.#fleet = fleet;
    this.ranges = fleet.pools.map(() => ANY_BLOCKS);
    this.limits = { plans: [...plans], maxChanges };
  }

  /** Notes what a step is about to narrow. @returns what puts that back. */
  keep(step: BranchStep): () => void {
    if (step.kind === "pool") {
      const range = this.ranges[step.pool] ?? ANY_BLOCKS;
      return () => (this.ranges[step.pool] = range);
    }
    if (step.kind === "devices") {
      const limit = this.limits.plans[step.plan] ?? NO_LIMIT;
      return () => (this.limits.plans[step.plan] = limit);
    }
    const restriction = this.restrictions.get(step.row);
    return () => {
      if (restriction === undefined) this.restrictions.delete(step.row);
      else this.restrictions.set(step.row, restriction);
    };
  }

  /** Narrows the scope to a step's first or second branch; false where that leaves nothing. */
  narrow(step: BranchStep, toSecond: boolean): boolean {
    if (step.kind === "pool") return this.#narrowBlocks(step.pool, step.blocks, toSecond);
    if (step.kind === "devices") return this.#narrowDevices(step.plan, BigInt(step.devices), toSecond);
    return this.#narrowPlans(step.row, step.plan, toSecond);
  }

  #narrowBlocks(pool: number, blocks: number, toMore: boolean): boolean {
    const { lo, hi } = this.ranges[pool] ?? ANY_BLOCKS;
    const range = toMore ? { lo: Math.max(lo, blocks + 1), hi } : { lo, hi: Math.min(hi, blocks) };
    this.ranges[pool] = range;
    return range.lo <= range.hi;
  }

  #narrowDevices(plan: number, devices: bigint, toMore: boolean): boolean {
    const { min, max } = this.limits.plans[plan] ?? NO_LIMIT;
    const limit = toMore
      ? { min: min > devices ? min : devices + 1n, max }
      : { min, max: max !== undefined && max < devices ? max : devices };
    this.limits.plans[plan] = limit;
    return limit.max === undefined || limit.min <= limit.max;
  }

  #narrowPlans(row: number, plan: number, toOthers: boolean): boolean {
    const { on, off } = this.restrictions.get(row) ?? { on: undefined, off: [] };
    const without = off.includes(plan) ? off : [...off, plan];
    const restriction = toOthers ? { on, off: without } : { on: plan, off };
    this.restrictions.set(row, restriction);
    const conflict = !toOthers && on !== undefined && on !== plan;
    return !conflict && leavesPlan(this.#fleet, row, restriction);
  }
}
