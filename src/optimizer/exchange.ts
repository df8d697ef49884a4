import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import type { Random } from "./random.ts";
import { reducedCosts } from "./reduced-cost.ts";
import type { SearchState } from "./search-state.ts";
import { take } from "./search-state.ts";
import { Waste, hasLimits, regretsOf } from "./waste.ts";

/** Micros below which a change of the excess is rounding. */
const NOTHING_WON = 1e-3;
/** Most moves of a list that are paired with one another: those that leave most room for a partner. */
const LIST = 120;
/** Steps of one descent, so that it ends even if rounding should make a step win again and again. */
const MOST_STEPS = 2_000;

/** How many SIMs an exchange looks at: of each pair of plans, so many of least regret, and as many drawn at random. */
export interface Focus {
  readonly perPair: number;
  /** Micros of regret beyond which an option is not looked at. */
  readonly reach: number;
}

/**
 * Exchanges at fixed prices: the best single move, or where none wins the best two moves at once, until neither wins.
 *
 * Two moves win together only through a resource that both touch, since otherwise their gains add up and one of them
 * wins alone. What a move costs apart from the resource it shares must be less than the waste there is in it. In a good
 * state there is little waste, so that few moves are left to pair, and all pairs that can win are looked at.
 */
export class Exchange {
  private readonly instance: Instance;
  private readonly items: Items;
  readonly state: SearchState;
  private readonly waste: Waste;
  private readonly regrets: Float64Array;
  private readonly limited: boolean;
  private readonly levels: Float64Array;
  private readonly wasted: Float64Array;
  /** Pool of an option as a resource. */
  private readonly poolOf: Int32Array;
  private live: Int32Array = new Int32Array(0);
  /** Options looked at of live item n: choices[first[n]] .. choices[first[n + 1] − 1]. */
  private first: Int32Array = new Int32Array(1);
  private choices: Int32Array = new Int32Array(0);
  private readonly changed: number[] = [];
  private readonly lists = new Map<number, MoveList>();
  /** Moves looked at, for the caller's work budget. */
  work = 0;

  constructor(instance: Instance, items: Items, prices: Float64Array, state: SearchState, breach: number) {
    this.instance = instance;
    this.items = items;
    this.state = state;
    this.waste = new Waste(instance, prices, breach);
    this.regrets = regretsOf(instance, items, reducedCosts(instance, items, prices));
    this.limited = hasLimits(instance);
    this.levels = this.waste.levels(state);
    this.wasted = this.levels.map((level, r) => this.waste.at(r, level));
    const { poolOf } = instance.problem.table;
    this.poolOf = Int32Array.from(items.plan, (plan) => {
      const pool = poolOf[plan] as number;
      return pool < 0 ? this.waste.nothing : pool;
    });
  }

  /** Regret + waste of the state: micros above L at the prices. O(items). */
  excess(): number {
    let sum = this.totalWaste();
    for (const k of this.state.taken) sum += this.regrets[k] as number;
    return sum;
  }

  totalWaste(): number {
    let sum = 0;
    for (const w of this.wasted) sum += w;
    return sum;
  }

  /** Chooses the SIMs and options to look at from now on. O(options). */
  focus({ perPair, reach }: Focus, random: Random): void {
    const { items, regrets, state } = this;
    const { plans } = this.instance.problem.table;
    const lists = new Map<number, number[]>();
    for (let i = 0; i < items.count; i++) {
      const old = state.taken[i] as number;
      const own = regrets[old] as number;
      for (let k = items.start[i] as number; k < (items.start[i + 1] as number); k++) {
        if (k === old || (regrets[k] as number) - own > reach) continue;
        const key = (items.plan[old] as number) * plans + (items.plan[k] as number);
        const list = lists.get(key);
        if (list === undefined) lists.set(key, [i, k]);
        else list.push(i, k);
      }
    }
    this.work += items.plan.length;
    const chosen = new Set<number>();
    for (const list of lists.values()) {
      const moves = Array.from({ length: list.length / 2 }, (_, n) => n);
      if (moves.length > 2 * perPair) {
        const regretOf = (n: number): number => {
          const i = list[2 * n] as number;
          return (
            (regrets[list[2 * n + 1] as number] as number) - (regrets[state.taken[i] as number] as number)
          );
        };
        moves.sort((a, b) => regretOf(a) - regretOf(b) || a - b);
        for (let n = perPair; n < 2 * perPair; n++) {
          const from = n + Math.floor(random() * (moves.length - n));
          [moves[n], moves[from]] = [moves[from] as number, moves[n] as number];
        }
        moves.length = 2 * perPair;
      }
      for (const n of moves) chosen.add(list[2 * n] as number);
    }
    for (let i = 0; i < items.count; i++)
      if ((regrets[state.taken[i] as number] as number) > NOTHING_WON) chosen.add(i);
    this.live = Int32Array.from(chosen).sort();
    this.first = new Int32Array(this.live.length + 1);
    const choices: number[] = [];
    this.live.forEach((i, n) => {
      const old = state.taken[i] as number;
      for (let k = items.start[i] as number; k < (items.start[i + 1] as number); k++)
        if (k === old || (regrets[k] as number) <= reach) choices.push(k);
      this.first[n + 1] = choices.length;
    });
    this.choices = Int32Array.from(choices);
  }

  /** Takes an option for an item, keeping the levels. */
  apply(item: number, option: number): void {
    const old = this.state.taken[item] as number;
    take(this.instance, this.items, this.state, item, option);
    this.changed.push(item, old);
    const { waste, levels, wasted, state } = this;
    const touch = (r: number, level: number): void => {
      levels[r] = level;
      wasted[r] = waste.at(r, level);
    };
    for (const k of [old, option]) {
      const pool = this.poolOf[k] as number;
      if (pool !== waste.nothing) touch(pool, state.excess[pool] as number);
      const plan = this.items.plan[k] as number;
      touch(waste.ofPlan(plan), state.devices[plan] as number);
    }
    touch(waste.ofChanges, state.changes);
  }

  /** Takes what has been applied since the last time as given. */
  keep(): void {
    this.changed.length = 0;
  }

  /** Takes back what has been applied since the last keep. */
  undo(): void {
    while (this.changed.length > 0) {
      const old = this.changed.pop() as number;
      const item = this.changed.pop() as number;
      this.apply(item, old);
      this.changed.length -= 2;
    }
  }

  /** Applies some random moves: single ones of little regret, or several of the same kind. */
  kick(random: Random, most: number): boolean {
    const moves = this.choices.length - this.live.length;
    if (moves < 2) return false;
    const drawn = (): { item: number; option: number } => {
      for (;;) {
        const n = Math.floor(random() * this.live.length);
        const from = this.first[n] as number;
        const option = this.choices[
          from + Math.floor(random() * ((this.first[n + 1] as number) - from))
        ] as number;
        const item = this.live[n] as number;
        if (option !== this.state.taken[item]) return { item, option };
      }
    };
    const count = 1 + Math.floor(random() * most);
    if (random() < 0.7) {
      for (let k = 0; k < count; k++) {
        const { item, option } = this.leastOf(drawn, 3);
        this.apply(item, option);
      }
      return true;
    }
    const { item, option } = this.leastOf(drawn, 3);
    this.applyLike(item, option, 1 + Math.floor(random() * 2 * most));
    return true;
  }

  private leastOf(
    drawn: () => { item: number; option: number },
    tries: number,
  ): { item: number; option: number } {
    let best = drawn();
    let least = this.regretOf(best.item, best.option);
    for (let n = 1; n < tries; n++) {
      const next = drawn();
      const regret = this.regretOf(next.item, next.option);
      if (regret >= least) continue;
      least = regret;
      best = next;
    }
    return best;
  }

  private regretOf(item: number, option: number): number {
    return (this.regrets[option] as number) - (this.regrets[this.state.taken[item] as number] as number);
  }

  /** Applies the `count` moves of least regret between the same two plans. */
  private applyLike(item: number, option: number, count: number): void {
    const { plan } = this.items;
    const from = plan[this.state.taken[item] as number];
    const to = plan[option];
    const like: { item: number; option: number; regret: number }[] = [];
    this.live.forEach((i, n) => {
      if (plan[this.state.taken[i] as number] !== from) return;
      for (let c = this.first[n] as number; c < (this.first[n + 1] as number); c++) {
        const k = this.choices[c] as number;
        if (plan[k] === to) like.push({ item: i, option: k, regret: this.regretOf(i, k) });
      }
    });
    like.sort((a, b) => a.regret - b.regret || a.item - b.item);
    for (const move of like.slice(0, count)) this.apply(move.item, move.option);
  }

  /** Best single moves and pairs until none wins. */
  descend(): void {
    for (let step = 0; step < MOST_STEPS; step++) {
      const single = this.bestSingle();
      if (single !== undefined) {
        this.apply(single.item, single.option);
        continue;
      }
      const pair = this.bestPair();
      if (pair === undefined) return;
      this.apply(pair.item, pair.option);
      this.apply(pair.item2, pair.option2);
    }
  }

  private bestSingle(): { item: number; option: number } | undefined {
    const { live, first, choices, regrets, wasted, levels, waste, limited, poolOf } = this;
    const { weight, plan, change } = this.items;
    const { taken } = this.state;
    const { nothing } = waste;
    let best = -NOTHING_WON;
    let item = -1;
    let option = -1;
    for (let n = 0; n < live.length; n++) {
      const i = live[n] as number;
      const old = taken[i] as number;
      const p = poolOf[old] as number;
      const own = regrets[old] as number;
      const left = (levels[p] as number) - (weight[old] as number);
      const leave = p === nothing ? 0 : waste.at(p, left) - (wasted[p] as number);
      for (let c = first[n] as number; c < (first[n + 1] as number); c++) {
        const k = choices[c] as number;
        if (k === old) continue;
        const q = poolOf[k] as number;
        let delta = (regrets[k] as number) - own;
        if (q === p) {
          if (p !== nothing) delta += waste.at(p, left + (weight[k] as number)) - (wasted[p] as number);
        } else {
          delta += leave;
          if (delta - (wasted[q] as number) >= best) continue;
          if (q !== nothing)
            delta += waste.at(q, (levels[q] as number) + (weight[k] as number)) - (wasted[q] as number);
        }
        if (limited)
          delta += this.limitDelta(
            plan[old] as number,
            plan[k] as number,
            (change[k] as number) - (change[old] as number),
          );
        if (delta < best) {
          best = delta;
          item = i;
          option = k;
        }
      }
    }
    this.work += choices.length;
    return item < 0 ? undefined : { item, option };
  }

  private limitDelta(from: number, to: number, changes: number): number {
    const { waste, levels, wasted } = this;
    const a = waste.ofPlan(from);
    const b = waste.ofPlan(to);
    let delta = 0;
    if (a !== b) {
      delta += waste.at(a, (levels[a] as number) - 1) - (wasted[a] as number);
      delta += waste.at(b, (levels[b] as number) + 1) - (wasted[b] as number);
    }
    if (changes !== 0)
      delta +=
        waste.at(waste.ofChanges, (levels[waste.ofChanges] as number) + changes) -
        (wasted[waste.ofChanges] as number);
    return delta;
  }

  private bestPair(): Pair | undefined {
    for (const list of this.lists.values()) list.clear();
    const inLimits = this.limitWaste();
    this.fillLists(this.totalWaste());
    this.work += this.choices.length;
    const best: Best = { delta: -NOTHING_WON, pair: undefined };
    for (const list of this.lists.values()) if (list.count > 1) this.pairWithin(list, inLimits, best);
    return best.pair;
  }

  private limitWaste(): number {
    let sum = 0;
    for (let r = this.instance.pools.length; r < this.waste.resources; r++) sum += this.wasted[r] as number;
    return sum;
  }

  /** Puts every move that might win with another into the lists of the resources that the two may share. */
  private fillLists(total: number): void {
    const { live, first, choices, regrets, wasted, levels, waste, limited, poolOf } = this;
    const { weight, plan, change } = this.items;
    const { nothing } = waste;
    for (let n = 0; n < live.length; n++) {
      const i = live[n] as number;
      const old = this.state.taken[i] as number;
      const p = poolOf[old] as number;
      const own = regrets[old] as number;
      const out = -(weight[old] as number);
      const leave = p === nothing ? 0 : waste.at(p, (levels[p] as number) + out) - (wasted[p] as number);
      for (let c = first[n] as number; c < (first[n + 1] as number); c++) {
        const k = choices[c] as number;
        const regret = (regrets[k] as number) - own;
        if (k === old || regret >= total) continue;
        const q = poolOf[k] as number;
        const into = weight[k] as number;
        let away = regret;
        if (p === q) {
          if (p !== nothing) {
            this.listOf(p, nothing).push(i, k, nothing, regret, out + into, 0);
            away += waste.at(p, (levels[p] as number) + out + into) - (wasted[p] as number);
          }
        } else {
          const enter = q === nothing ? 0 : waste.at(q, (levels[q] as number) + into) - (wasted[q] as number);
          if (p !== nothing && regret + enter < total)
            this.listOf(p, nothing).push(i, k, q, regret + enter, out, 0);
          if (q !== nothing && regret + leave < total)
            this.listOf(q, nothing).push(i, k, p, regret + leave, into, 0);
          if (p < q && q !== nothing) this.listOf(p, q).push(i, k, nothing, regret, out, into);
          if (q < p && p !== nothing) this.listOf(q, p).push(i, k, nothing, regret, into, out);
          away += leave + enter;
        }
        if (!limited || away >= total) continue;
        const from = plan[old] as number;
        const to = plan[k] as number;
        if (waste.limits(from)) this.listOf(waste.ofPlan(from), nothing).push(i, k, nothing, away, -1, 0);
        if (waste.limits(to)) this.listOf(waste.ofPlan(to), nothing).push(i, k, nothing, away, 1, 0);
        const changes = (change[k] as number) - (change[old] as number);
        if (changes !== 0) this.listOf(waste.ofChanges, nothing).push(i, k, nothing, away, changes, 0);
      }
    }
  }

  private listOf(first: number, second: number): MoveList {
    const key = first * this.waste.resources + second;
    let list = this.lists.get(key);
    if (list === undefined) {
      list = new MoveList(first, second);
      this.lists.set(key, list);
    }
    return list;
  }

  /** The best pair of moves of a list, where it is better than the best so far. */
  private pairWithin(list: MoveList, inLimits: number, best: Best): void {
    const { levels, wasted, waste, limited } = this;
    const { costs, others, firstShift, secondShift, items, options } = list;
    const { nothing } = waste;
    const pools = this.instance.pools.length;
    const ofLimit = list.first >= pools;
    const level = levels[list.first] as number;
    const secondLevel = levels[list.second] as number;
    const own = (ofLimit ? 0 : (wasted[list.first] as number)) + (wasted[list.second] as number);
    const room = own + inLimits;
    const order = list.cheapest(room + best.delta, LIST);
    for (let a = 0; a < order.length; a++) {
      const x = order[a] as number;
      const costX = costs[x] as number;
      if (2 * costX - room >= best.delta) return;
      for (let b = a + 1; b < order.length; b++) {
        const y = order[b] as number;
        let delta = costX + (costs[y] as number) - own;
        if (delta - inLimits >= best.delta) break;
        this.work++;
        if (items[x] === items[y] || (others[x] === others[y] && others[x] !== nothing)) continue;
        if (ofLimit) {
          if (
            this.sharePool(items[x] as number, options[x] as number, items[y] as number, options[y] as number)
          )
            continue;
        } else {
          delta += waste.at(list.first, level + (firstShift[x] as number) + (firstShift[y] as number));
          if (list.second !== nothing)
            delta += waste.at(
              list.second,
              secondLevel + (secondShift[x] as number) + (secondShift[y] as number),
            );
        }
        if (delta - inLimits >= best.delta) continue;
        const pair = {
          item: items[x] as number,
          option: options[x] as number,
          item2: items[y] as number,
          option2: options[y] as number,
        };
        if (limited) delta += this.jointLimitDelta(pair);
        if (delta >= best.delta) continue;
        best.delta = delta;
        best.pair = pair;
      }
    }
  }

  private sharePool(i: number, k: number, j: number, l: number): boolean {
    const { poolOf, waste, state } = this;
    const from = poolOf[state.taken[j] as number] as number;
    const to = poolOf[l] as number;
    for (const pool of [poolOf[state.taken[i] as number] as number, poolOf[k] as number])
      if (pool !== waste.nothing && (pool === from || pool === to)) return true;
    return false;
  }

  private jointLimitDelta({ item, option, item2, option2 }: Pair): number {
    const { waste, levels, wasted } = this;
    const { plan, change } = this.items;
    const old = this.state.taken[item] as number;
    const old2 = this.state.taken[item2] as number;
    const plans = [
      plan[old] as number,
      plan[option] as number,
      plan[old2] as number,
      plan[option2] as number,
    ];
    let delta = 0;
    plans.forEach((p, n) => {
      if (plans.indexOf(p) !== n || !waste.limits(p)) return;
      const r = waste.ofPlan(p);
      let shift = 0;
      for (let m = 0; m < 4; m++) if (plans[m] === p) shift += m % 2 === 0 ? -1 : 1;
      delta += waste.at(r, (levels[r] as number) + shift) - (wasted[r] as number);
    });
    const changes =
      (change[option] as number) -
      (change[old] as number) +
      (change[option2] as number) -
      (change[old2] as number);
    const r = waste.ofChanges;
    return delta + waste.at(r, (levels[r] as number) + changes) - (wasted[r] as number);
  }
}

interface Pair {
  readonly item: number;
  readonly option: number;
  readonly item2: number;
  readonly option2: number;
}

interface Best {
  delta: number;
  pair: Pair | undefined;
}

/** Moves that share a resource, or two, with what each costs apart from that and what it shifts there. */
class MoveList {
  readonly first: number;
  readonly second: number;
  count = 0;
  items = new Int32Array(64);
  options = new Int32Array(64);
  /** The resource that a move touches besides. */
  others = new Int32Array(64);
  costs = new Float64Array(64);
  firstShift = new Float64Array(64);
  secondShift = new Float64Array(64);

  constructor(first: number, second: number) {
    this.first = first;
    this.second = second;
  }

  clear(): void {
    this.count = 0;
  }

  push(
    item: number,
    option: number,
    other: number,
    cost: number,
    firstShift: number,
    secondShift: number,
  ): void {
    const at = this.count++;
    if (at === this.items.length) this.grow();
    this.items[at] = item;
    this.options[at] = option;
    this.others[at] = other;
    this.costs[at] = cost;
    this.firstShift[at] = firstShift;
    this.secondShift[at] = secondShift;
  }

  private grow(): void {
    const size = 2 * this.items.length;
    const ints = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(size);
      to.set(from);
      return to;
    };
    const floats = (from: Float64Array): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(size);
      to.set(from);
      return to;
    };
    this.items = ints(this.items);
    this.options = ints(this.options);
    this.others = ints(this.others);
    this.costs = floats(this.costs);
    this.firstShift = floats(this.firstShift);
    this.secondShift = floats(this.secondShift);
  }

  /** Indices of the moves that leave room for the cheapest of the others, ascending, at most so many. */
  cheapest(room: number, most: number): number[] {
    const { costs, count } = this;
    let least = Number.POSITIVE_INFINITY;
    for (let n = 0; n < count; n++) least = Math.min(least, costs[n] as number);
    const order: number[] = [];
    for (let n = 0; n < count; n++) if ((costs[n] as number) + least < room) order.push(n);
    order.sort((a, b) => (costs[a] as number) - (costs[b] as number) || a - b);
    if (order.length > most) order.length = most;
    return order;
  }
}
