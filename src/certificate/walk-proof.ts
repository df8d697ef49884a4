import type { LeafStep } from "./certificate.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import type { LeafResult } from "./leaf-bound.ts";
import { leafBound } from "./leaf-bound.ts";
import type { Limits } from "./limits.ts";
import type { BranchStep } from "./proof-scope.ts";
import { ProofScope } from "./proof-scope.ts";
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

interface OpenBranch {
  readonly step: BranchStep;
  readonly restore: () => void;
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
  const scope = new ProofScope(fleet, limits);
  const walk = new Walk(scope);
  let bound: bigint | undefined;
  let evaluated = 0;
  let at = 0;
  while (at < steps.length) {
    const step = steps[at] as ResolvedStep;
    if (step.kind !== "leaf") {
      at = walk.settle(walk.enter(step, at));
      continue;
    }
    const result = evaluateLeaf(step.leaf, `proof node ${at + 1}`, fleet, scope, reasons);
    if (result === undefined) return undefined;
    at = walk.settle(at + 1);
    if (result.kind === "empty") continue;
    evaluated++;
    if (bound === undefined || result.bound < bound) bound = result.bound;
  }
  const leaves = steps.reduce((sum, step) => sum + (step.kind === "leaf" ? 1 : 0), 0);
  return { bound, leaves, emptyLeaves: leaves - evaluated };
}

/** The branches that are open on the way through the steps, outermost first. */
class Walk {
  readonly #scope: ProofScope;
  readonly #open: OpenBranch[] = [];

  constructor(scope: ProofScope) {
    this.#scope = scope;
  }

  /** Opens the first branch of a node; the step to go on with. */
  enter(step: BranchStep, at: number): number {
    this.#open.push({ step, restore: this.#scope.keep(step), inSecond: false });
    return this.#scope.narrow(step, false) ? at + 1 : step.second;
  }

  /** Closes the branches that end at `index` and opens the second ones that begin there; the step to go on with. */
  settle(index: number): number {
    let at = index;
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (at === top.step.end) {
        top.restore();
        this.#open.pop();
      } else if (at === top.step.second && !top.inSecond) {
        top.inSecond = true;
        top.restore();
        if (!this.#scope.narrow(top.step, true)) at = top.step.end;
      } else break;
    }
    return at;
  }
}

/** undefined, with the reason, where the leaf's prices prove nothing. */
function evaluateLeaf(
  leaf: LeafStep,
  where: string,
  fleet: ExactFleet,
  scope: ProofScope,
  reasons: Reasons,
): Exclude<LeafResult, { kind: "unbounded" }> | undefined {
  const unlimited = unlimitedPrice(leaf, fleet, scope.limits);
  if (unlimited !== undefined) {
    reasons.add(`${where} prices max_devices of plan ${quoted(unlimited)}, which nothing limits there.`);
    return undefined;
  }
  const result = leafBound(fleet, scope.limits, leafPrices(leaf, fleet, scope.limits), scope);
  if (result.kind !== "unbounded") return result;
  const pool = quoted(fleet.pools[result.pool]?.name ?? "");
  reasons.add(
    `${where} prices pool ${pool} above its block price by size, which proves nothing where its blocks have no upper end.`,
  );
  return undefined;
}
