import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { reducedCosts } from "./reduced-cost.ts";
import type { SearchState } from "./search-state.ts";
import { take } from "./search-state.ts";
import { Waste, hasLimits, regretsOf } from "./waste.ts";

/** Entries of a move's row: pool left, pool entered, plan left, plan entered, change counted. */
const TOUCHED = 5;

/**
 * Local search at fixed prices: moves of one SIM and of two at once that lower regret + waste.
 * A move is an item and an option of it. All sums are exact in whole bytes and SIMs.
 */
export class LocalSearch {
  private readonly instance: Instance;
  private readonly items: Items;
  readonly state: SearchState;
  private readonly waste: Waste;
  private readonly regrets: Float64Array;
  private readonly touched: number;
  private readonly levels: Float64Array;
  /** The items that moves are looked for in; the others stay as they are. */
  private live: Int32Array;
  private frozenRegret = 0;
  /** Moves looked at, for the caller's work budget. */
  work = 0;

  constructor(instance: Instance, items: Items, prices: Float64Array, state: SearchState, breach: number) {
    this.instance = instance;
    this.items = items;
    this.state = state;
    this.waste = new Waste(instance, prices, breach);
    this.regrets = regretsOf(instance, items, reducedCosts(instance, items, prices));
    this.touched = hasLimits(instance) ? TOUCHED : 2;
    this.levels = this.waste.levels(state);
    this.live = Int32Array.from({ length: items.count }, (_, item) => item);
  }

  /** Regret + waste of the state: micros above L at the prices. O(live items). */
  excess(): number {
    let sum = this.totalWaste() + this.frozenRegret;
    for (const i of this.live) sum += this.regrets[this.state.taken[i] as number] as number;
    return sum;
  }

  /**
   * Narrows the search to the items of the most promising moves, `perStratum` of each stratum, so that what follows
   * costs no more than they do; to all items where that is undefined. O(options).
   */
  focus(perStratum: number | undefined): void {
    this.live = Int32Array.from({ length: this.items.count }, (_, item) => item);
    this.frozenRegret = 0;
    if (perStratum === undefined) return;
    const moves = this.candidates(Number.POSITIVE_INFINITY, perStratum);
    const all = this.excess();
    this.live = Int32Array.from(new Set(moves.item)).sort();
    this.frozenRegret = all - this.excess();
  }

  totalWaste(): number {
    let sum = 0;
    for (let r = 0; r < this.waste.resources; r++) sum += this.waste.at(r, this.levels[r] as number);
    return sum;
  }

  /** Takes an option for an item, keeping the levels. */
  apply(item: number, option: number): void {
    take(this.instance, this.items, this.state, item, option);
    this.levels.set(this.waste.levels(this.state));
  }

  private readonly scratch = { resource: new Int32Array(TOUCHED), delta: new Float64Array(TOUCHED) };

  private rowOf(item: number, option: number): { resource: Int32Array; delta: Float64Array } {
    this.fillRow(item, option, this.scratch.resource, this.scratch.delta, 0);
    return this.scratch;
  }

  private fillRow(item: number, option: number, resource: Int32Array, delta: Float64Array, at: number): void {
    const { items, waste } = this;
    const { poolOf } = this.instance.problem.table;
    const old = this.state.taken[item] as number;
    const from = items.plan[old] as number;
    const to = items.plan[option] as number;
    const fromPool = poolOf[from] as number;
    const toPool = poolOf[to] as number;
    resource[at] = fromPool < 0 ? waste.nothing : fromPool;
    delta[at] = -(items.weight[old] as number);
    if (toPool === fromPool && toPool >= 0) {
      delta[at] = (items.weight[option] as number) - (items.weight[old] as number);
      resource[at + 1] = waste.nothing;
      delta[at + 1] = 0;
    } else {
      resource[at + 1] = toPool < 0 ? waste.nothing : toPool;
      delta[at + 1] = items.weight[option] as number;
    }
    if (this.touched === 2) return;
    resource[at + 2] = waste.ofPlan(from);
    delta[at + 2] = -1;
    resource[at + 3] = waste.ofPlan(to);
    delta[at + 3] = 1;
    resource[at + 4] = waste.ofChanges;
    delta[at + 4] = (items.change[option] as number) - (items.change[old] as number);
  }

  /**
   * One pass of single moves over the live items, each taking its best option.
   * A move that costs nothing is taken where it brings an item back to its current plan.
   * @returns micros won.
   */
  singles(): number {
    let won = 0;
    const { items, state, regrets } = this;
    for (const i of this.live) {
      const first = items.start[i] as number;
      const end = items.start[i + 1] as number;
      if (end - first === 1) continue;
      let old = state.taken[i] as number;
      for (let k = first; k < end; k++) {
        if (k === old) continue;
        const gainNeeded = items.change[k] === 0 ? 1e-6 : -1e-6;
        const delta = (regrets[k] as number) - (regrets[old] as number) + this.wasteDelta(i, k);
        this.work++;
        if (delta < gainNeeded) {
          won -= delta;
          this.apply(i, k);
          old = k;
        }
      }
    }
    return won;
  }

  private wasteDelta(item: number, option: number): number {
    const { resource, delta } = this.rowOf(item, option);
    let sum = 0;
    for (let e = 0; e < this.touched; e++) {
      const r = resource[e] as number;
      if (r === this.waste.nothing) continue;
      const level = this.levels[r] as number;
      sum += this.waste.at(r, level + (delta[e] as number)) - this.waste.at(r, level);
    }
    return sum;
  }

  /**
   * Moves worth pairing: sorted into strata by the pools they join and by how much waste they can shift (a factor of
   * two a stratum), the least regret of each, so that large SIMs are there for large imbalances and small ones for
   * small. At most `perStratum` of each stratum, and `most` in all; least regret first. O(options).
   */
  candidates(most: number, perStratum: number): Candidates {
    const { items, state, regrets } = this;
    const limit = Math.max(this.totalWaste() / 2, 1);
    const strata = new Map<number, Move[]>();
    const { poolOf, plans } = this.instance.problem.table;
    for (const i of this.live) {
      const first = items.start[i] as number;
      const end = items.start[i + 1] as number;
      const old = state.taken[i] as number;
      const own = regrets[old] as number;
      for (let k = first; k < end; k++) {
        const regret = (regrets[k] as number) - own;
        this.work++;
        if (k === old || regret >= limit) continue;
        const from = poolOf[items.plan[old] as number] as number;
        const to = poolOf[items.plan[k] as number] as number;
        const shift = Math.max(
          this.waste.priceOf(from) * Math.abs(items.weight[old] as number),
          this.waste.priceOf(to) * Math.abs(items.weight[k] as number),
        );
        const size = Math.min(60, Math.max(0, Math.ceil(Math.log2(shift + 1))));
        const key = ((from + 1) * (plans + 1) + to + 1) * 64 + size;
        const stratum = strata.get(key);
        if (stratum === undefined) strata.set(key, [{ item: i, option: k, regret }]);
        else insertLeast(stratum, { item: i, option: k, regret }, perStratum);
      }
    }
    const found = [...strata.values()].flat();
    found.sort((a, b) => a.regret - b.regret || a.item - b.item || a.option - b.option);
    if (found.length > most) found.length = most;
    const count = found.length;
    const result: Candidates = {
      count,
      item: Int32Array.from(found, (move) => move.item),
      option: Int32Array.from(found, (move) => move.option),
      regret: Float64Array.from(found, (move) => move.regret),
      resource: new Int32Array(count * TOUCHED),
      delta: new Float64Array(count * TOUCHED),
    };
    for (let c = 0; c < count; c++)
      this.fillRow(
        result.item[c] as number,
        result.option[c] as number,
        result.resource,
        result.delta,
        c * TOUCHED,
      );
    return result;
  }

  /** Takes one candidate move, whatever it costs. */
  applyMove(moves: Candidates, index: number): void {
    this.apply(moves.item[index] as number, moves.option[index] as number);
  }

  /** Brings the search back to a choice given as options per item. */
  restore(taken: Int32Array): void {
    for (const i of this.live) {
      if (this.state.taken[i] !== taken[i])
        take(this.instance, this.items, this.state, i, taken[i] as number);
    }
    this.levels.set(this.waste.levels(this.state));
  }

  /**
   * One sweep over pairs of candidate moves: for each first move the best second one, taken where the two together
   * win. O(count²), cut short where regret alone exceeds all waste there is.
   * @returns micros won.
   */
  pairs(moves: Candidates): number {
    let won = 0;
    const used = new Set<number>();
    const { waste, levels, touched } = this;
    const atLevel = new Float64Array(waste.resources);
    let total = 0;
    const refresh = (): void => {
      total = 0;
      for (let r = 0; r < waste.resources; r++) {
        const w = waste.at(r, levels[r] as number);
        atLevel[r] = w;
        total += w;
      }
    };
    refresh();
    const resources: number[] = [];
    for (let a = 0; a < moves.count; a++) {
      const itemA = moves.item[a] as number;
      if (used.has(itemA)) continue;
      const regretA = moves.regret[a] as number;
      if (regretA + (moves.regret[0] as number) >= total) break;
      resources.length = 0;
      let first = regretA;
      for (let e = 0; e < touched; e++) {
        const r = moves.resource[a * TOUCHED + e] as number;
        if (r === waste.nothing) continue;
        levels[r] = (levels[r] as number) + (moves.delta[a * TOUCHED + e] as number);
        const w = waste.at(r, levels[r] as number);
        first += w - (atLevel[r] as number);
        atLevel[r] = w;
        resources.push(e);
      }
      let best = -1e-6;
      let partner = -1;
      if (first < best) {
        best = first;
        partner = a;
      }
      for (let b = a + 1; b < moves.count; b++) {
        const regretB = moves.regret[b] as number;
        if (regretA + regretB >= total) break;
        let delta = first + regretB;
        for (let e = 0; e < touched; e++) {
          const r = moves.resource[b * TOUCHED + e] as number;
          if (r !== waste.nothing)
            delta +=
              waste.at(r, (levels[r] as number) + (moves.delta[b * TOUCHED + e] as number)) -
              (atLevel[r] as number);
        }
        if (delta < best && moves.item[b] !== itemA && !used.has(moves.item[b] as number)) {
          best = delta;
          partner = b;
        }
      }
      this.work += moves.count - a;
      for (const e of resources) {
        const r = moves.resource[a * TOUCHED + e] as number;
        levels[r] = (levels[r] as number) - (moves.delta[a * TOUCHED + e] as number);
        atLevel[r] = waste.at(r, levels[r] as number);
      }
      if (partner < 0) continue;
      won -= best;
      this.apply(itemA, moves.option[a] as number);
      used.add(itemA);
      if (partner !== a) {
        this.apply(moves.item[partner] as number, moves.option[partner] as number);
        used.add(moves.item[partner] as number);
      }
      refresh();
    }
    return won;
  }
}

/** Moves side by side; `resource` and `delta` have five entries a move. */
export interface Candidates {
  readonly count: number;
  readonly item: Int32Array;
  readonly option: Int32Array;
  /** Micros of regret the move adds to its item's. */
  readonly regret: Float64Array;
  readonly resource: Int32Array;
  readonly delta: Float64Array;
}

interface Move {
  readonly item: number;
  readonly option: number;
  readonly regret: number;
}

/** Keeps the `most` moves of least regret, in no order, the largest at the end. */
function insertLeast(moves: Move[], move: Move, most: number): void {
  const last = moves[moves.length - 1];
  if (moves.length >= most && last !== undefined && move.regret >= last.regret) return;
  let at = moves.length;
  while (at > 0 && (moves[at - 1]?.regret ?? 0) > move.regret) at--;
  moves.splice(at, 0, move);
  if (moves.length > most) moves.pop();
}
