/**
 * The tree that proves a bound, by index: pools and plans as in the rate table, SIMs as in the problem.
 * Prices are decimal strings in currency: a pool's per MB, a limit's per SIM.
 */
export type ProofNode =
  | {
      readonly kind: "leaf";
      readonly poolPrices: readonly string[];
      readonly maxDevices: readonly string[];
      readonly minDevices: readonly string[];
      readonly maxChanges: string;
    }
  | {
      readonly kind: "pool";
      readonly pool: number;
      readonly blocks: number;
      readonly atMost: ProofNode;
      readonly atLeast: ProofNode;
    }
  | {
      readonly kind: "devices";
      readonly plan: number;
      readonly devices: number;
      readonly atMost: ProofNode;
      readonly atLeast: ProofNode;
    }
  | {
      readonly kind: "sim";
      readonly sim: number;
      readonly plan: number;
      readonly on: ProofNode;
      readonly off: ProofNode;
    };

export type StrategyName =
  | "certified"
  | "current"
  | "no_grouping_largest_first"
  | "no_grouping_smallest_first"
  | "grouped_by_plan_largest_first"
  | "grouped_by_plan_smallest_first";

export const STRATEGY_NAMES: readonly StrategyName[] = [
  "certified",
  "current",
  "no_grouping_largest_first",
  "no_grouping_smallest_first",
  "grouped_by_plan_largest_first",
  "grouped_by_plan_smallest_first",
];

/** One way to assign the fleet. Money in micros. */
export interface Assignment {
  /** Plan index per SIM of the problem. */
  readonly plans: Uint16Array;
  /** The bill, without switching penalties. */
  readonly bill: number;
  /** Switching costs and minimum savings of the changes made. */
  readonly penalty: number;
  readonly changes: number;
  /** Whether it keeps every limit. */
  readonly feasible: boolean;
}

/** What the certified solver found. */
export interface Solution {
  readonly assignment: Assignment;
  /** Micros: no feasible assignment has bill + penalty below this. */
  readonly bound: number;
  /** Micros: every bill + penalty is a multiple of it, and the bound was rounded up to one. */
  readonly lattice: number;
  readonly proof: ProofNode;
  /** Micros per MB that one more MB of allowance is worth, per pool: the prices of the proof's weakest leaf. */
  readonly poolPrices: Float64Array;
  /** "optimal" bill + penalty = bound; "gap" the work budget ran out first; "deadline" the caller stopped it. */
  readonly status: "optimal" | "gap" | "deadline";
}

/** Why there is no solution: the limits that cannot be met together, by plan index. */
export interface Infeasible {
  readonly status: "infeasible";
  readonly reason: string;
}

/** How far a cost may be above the least possible: (bill + penalty − bound) / bound, 0 where both are 0. Micros in. */
export function gapOf(bill: number, penalty: number, bound: number): number {
  const excess = bill + penalty - bound;
  return excess === 0 ? 0 : excess / bound;
}
