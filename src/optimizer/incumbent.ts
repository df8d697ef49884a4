import type { Breadth } from "./descend.ts";
import { descend } from "./descend.ts";
import type { DualResult } from "./dual.ts";
import { LocalSearch } from "./improve.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { roundMixture } from "./round.ts";
import type { SearchState } from "./search-state.ts";
import { brokenLimits, choiceOf, objectiveOf, stateOf } from "./search-state.ts";

const THOROUGH: Breadth = { sweeps: 20, moves: 400, perStratum: 12 };
/** Single moves alone. */
const QUICK: Breadth = { ...THOROUGH, sweeps: 0 };

/** The best feasible choice found so far. */
export class Incumbent {
  /** Its rows are those that prices are for. */
  instance: Instance;
  private readonly items: Items;
  readonly breach: number;
  /** Micros of bill + penalty; Infinity while nothing feasible is known. */
  objective = Number.POSITIVE_INFINITY;
  changes = Number.POSITIVE_INFINITY;
  choice: Uint16Array | undefined;

  constructor(instance: Instance, items: Items) {
    this.instance = instance;
    this.items = items;
    this.breach = breachOf(items);
  }

  /** Takes a state where it is feasible and better, or as good with fewer changes. */
  offer(state: SearchState): boolean {
    if (brokenLimits(this.instance, state) > 0) return false;
    const objective = objectiveOf(this.instance, state);
    if (objective > this.objective || (objective === this.objective && state.changes >= this.changes))
      return false;
    this.objective = objective;
    this.changes = state.changes;
    this.choice = choiceOf(this.items, state);
    return true;
  }

  /** Rounds a mixture, improves it and offers it. @returns the work done, in options looked at. */
  offerMixture(dual: DualResult): number {
    const state = stateOf(this.instance, this.items, roundMixture(this.instance, this.items, dual));
    return this.improve(state, dual.prices) + this.items.count * dual.mixture.length;
  }

  /** Improves a whole choice and offers it. @returns the work done. */
  offerChoice(choice: Uint16Array, prices: Float64Array, thorough: boolean): number {
    return this.improve(stateOf(this.instance, this.items, choice), prices, thorough);
  }

  /** Improves a state at some prices until nothing is won, and offers it. @returns the work done. */
  improve(state: SearchState, prices: Float64Array, thorough = true): number {
    const search = new LocalSearch(this.instance, this.items, prices, state, this.breach);
    descend(search, thorough ? THOROUGH : QUICK);
    this.offer(state);
    return search.work + 2 * this.items.plan.length;
  }
}

/** Micros for each SIM by which a limit is broken: more than any SIM's plans differ in cost. */
function breachOf(items: Items): number {
  let most = 1e6;
  for (const cost of items.cost) most = Math.max(most, cost);
  return 4 * most;
}
