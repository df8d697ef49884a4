import { chooseSum, middlingShift } from "./choose-sum.ts";
import type { Shift } from "./choose-sum.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { spreadPrices } from "./lagrangian.ts";
import { reducedCosts } from "./reduced-cost.ts";
import type { SearchState } from "./search-state.ts";
import { objectiveOf, take } from "./search-state.ts";
import { Waste } from "./waste.ts";

/** Moves of least regret from one plan to another that are looked at: to come near, and to meet exactly. */
const MANY = 240;
const FEW = 24;
/** Part of the bill up to which regrets count as the same. */
const ALIKE = 3e-10;
/** Steps of middling size that a level may be away for the second. */
const NEAR = 4;
/** Pools whose prices differ by no more than this part are tied: SIMs may change between them at no cost. */
const TIED = 1e-5;

/** A change of options: of one item, or of two that trade plans. */
interface Step extends Shift {
  readonly moves: readonly { readonly item: number; readonly option: number }[];
}

/**
 * Brings the limits and the pools even, coarse ones first: where a few large SIMs decide over much money, these are
 * chosen so that what is left over is small, at the cost of pools that smaller SIMs will bring even after. Pools of the
 * same price are brought even together first, then among each other by trades, which leave their sum as it is.
 * Changes the state in place; it may end dearer where moves are few.
 * @param care what part of the money that a move shifts in other pools counts against it: 0 where these have SIMs enough
 * to be brought even after, more where they have not.
 */
export function balancePools(
  instance: Instance,
  items: Items,
  prices: Float64Array,
  state: SearchState,
  breach: number,
  care: number,
): void {
  const balance = new Balance(instance, items, prices, state, breach, care);
  for (const resource of balance.limits()) balance.level([resource]);
  for (const group of balance.groups()) balance.level(group);
}

class Balance {
  private readonly instance: Instance;
  private readonly items: Items;
  private readonly state: SearchState;
  private readonly waste: Waste;
  private readonly care: number;
  private readonly reduced: Float64Array;
  private readonly prices: Float64Array;
  /** Micros up to which regrets count as the same; of steps that cost no more the largest go first. */
  private readonly alike: number;
  /** Per plan: what a place within its limits is worth, micros. */
  private readonly limitPrice: Float64Array;
  /** Resources that are even and stay so. */
  private readonly done = new Set<number>();

  constructor(
    instance: Instance,
    items: Items,
    prices: Float64Array,
    state: SearchState,
    breach: number,
    care: number,
  ) {
    this.instance = instance;
    this.care = care;
    this.items = items;
    this.state = state;
    this.waste = new Waste(instance, prices, breach);
    this.reduced = reducedCosts(instance, items, prices);
    this.prices = prices;
    this.limitPrice = spreadPrices(instance, prices).perDevice.map(Math.abs);
    this.alike = Math.max(1, ALIKE * objectiveOf(instance, state));
  }

  /** Limits that have a price. */
  limits(): number[] {
    const found = this.instance.rows.flatMap((row, r) => {
      if (row.kind === "pool" || !((this.prices[r] as number) > 0)) return [];
      return [row.kind === "changes" ? this.waste.ofChanges : this.waste.ofPlan(row.plan)];
    });
    return [...new Set(found)];
  }

  /** Pools that have a price, those of the same price together, the ones whose SIMs carry most money first. */
  groups(): number[][] {
    const { items, instance, state, waste } = this;
    const money = new Float64Array(instance.pools.length);
    const count = new Float64Array(instance.pools.length);
    for (const k of state.taken) {
      const pool = instance.problem.table.poolOf[items.plan[k] as number] as number;
      if (pool < 0) continue;
      money[pool] = (money[pool] as number) + waste.priceOf(pool) * Math.abs(items.weight[k] as number);
      count[pool] = (count[pool] as number) + 1;
    }
    const pools = instance.pools.map((_, pool) => pool).filter((pool) => waste.priceOf(pool) > 0);
    pools.sort((a, b) => waste.priceOf(a) - waste.priceOf(b) || a - b);
    const groups: number[][] = [];
    for (const pool of pools) {
      const last = groups[groups.length - 1];
      const first = last?.[0];
      if (first !== undefined && waste.priceOf(pool) <= waste.priceOf(first) * (1 + TIED)) last?.push(pool);
      else groups.push([pool]);
    }
    const mean = (group: number[]): number => {
      const sims = group.reduce((sum, pool) => sum + (count[pool] as number), 0);
      return group.reduce((sum, pool) => sum + (money[pool] as number), 0) / Math.max(1, sims);
    };
    return groups.sort((a, b) => mean(b) - mean(a));
  }

  /** Brings the sum of some resources even, then each of them. */
  level(group: readonly number[]): void {
    const all = new Set(group);
    this.meet(
      () => group.reduce((total, resource) => total + this.levelOf(resource), 0),
      (level) =>
        group.reduce(
          (least, resource) => Math.min(least, this.wasteAt(resource, level)),
          Number.POSITIVE_INFINITY,
        ),
      FEW,
      (count, direction) => this.steps(all, undefined, count, direction),
    );
    const last = group[group.length - 1] as number;
    for (const resource of group.slice(0, -1)) {
      const together = this.levelOf(resource) + this.levelOf(last);
      this.meet(
        () => this.levelOf(resource),
        (level) => this.wasteAt(resource, level) + this.wasteAt(last, together - level),
        3 * FEW,
        (count, direction) => this.steps(new Set([resource]), [resource, last], count, direction),
      );
    }
    for (const resource of group) this.done.add(resource);
  }

  /** Brings a level near 0 by the steps that cost least for what they shift, then to where least is wasted. */
  private meet(
    levelNow: () => number,
    waste: (level: number) => number,
    few: number,
    stepsOf: (count: number, direction: number) => readonly Step[],
  ): void {
    const isWorth = ({ shift, regret }: Step): boolean =>
      regret < Math.max(waste(-Math.abs(shift)), waste(Math.abs(shift)));
    const reach = NEAR * middlingShift(stepsOf(few, 0).filter(isWorth));
    let level = levelNow();
    if (Math.abs(level) > reach) {
      const direction = -Math.sign(level);
      const cost = ({ regret, shift }: Step): number => (Math.max(0, regret) + this.alike) / Math.abs(shift);
      const helpful = stepsOf(MANY, direction).filter((step) => step.shift * direction > 0 && isWorth(step));
      for (const step of helpful.sort((a, b) => cost(a) - cost(b))) {
        if (Math.abs(level + step.shift) >= Math.abs(level)) continue;
        this.apply(step);
        level += step.shift;
        if (Math.abs(level) <= reach) break;
      }
    }
    const steps = stepsOf(few, 0).filter(isWorth);
    const chosen = chooseSum(steps, level, waste);
    for (const index of chosen) this.apply(steps[index] as Step);
  }

  private apply({ moves }: Step): void {
    for (const { item, option } of moves) take(this.instance, this.items, this.state, item, option);
  }

  /** Where a resource stands, from where nothing of it is wasted: a pool's allowance, a priced limit. */
  private levelOf(resource: number): number {
    const { waste, state } = this;
    const pools = this.instance.pools.length;
    if (resource < pools) return state.excess[resource] as number;
    const count = resource === waste.ofChanges ? state.changes : (state.devices[resource - pools] as number);
    return count - this.limitOf(resource);
  }

  private limitOf(resource: number): number {
    const limits = this.instance.rows.flatMap((row, r) => {
      if (row.kind === "pool" || !((this.prices[r] as number) > 0)) return [];
      if (row.kind === "changes") return resource === this.waste.ofChanges ? row.limit : [];
      if (resource !== this.waste.ofPlan(row.plan)) return [];
      const { minDevices, maxDevices } = this.instance.problem;
      return (row.kind === "max" ? maxDevices : minDevices)[row.plan] as number;
    });
    return limits[0] ?? 0;
  }

  private wasteAt(resource: number, level: number): number {
    return this.waste.at(
      resource,
      resource < this.instance.pools.length ? level : level + this.limitOf(resource),
    );
  }

  /** By how much a move raises a resource. */
  private shiftOf(resource: number, item: number, option: number): number {
    const { items, waste } = this;
    const { poolOf } = this.instance.problem.table;
    const pools = this.instance.pools.length;
    const old = this.state.taken[item] as number;
    if (resource === waste.ofChanges) return (items.change[option] as number) - (items.change[old] as number);
    const sign = (k: number): number => {
      const plan = items.plan[k] as number;
      if (resource >= pools) return plan === resource - pools ? 1 : 0;
      return poolOf[plan] === resource ? (items.weight[k] as number) : 0;
    };
    return sign(option) - sign(old);
  }

  /**
   * What may be done to raise or lower the sum of some resources without touching those that are even.
   * @param trading two pools that items may change between if another goes the other way; undefined for any.
   * @param count moves looked at from one plan to another.
   * @param direction −1 or 1 where trades should lower or raise the sum by much, 0 where all sizes are wanted.
   */
  private steps(
    aim: ReadonlySet<number>,
    trading: readonly number[] | undefined,
    count: number,
    direction: number,
  ): Step[] {
    const pairs = this.movesByPlans(trading, count);
    const shiftBy = ({ item, option }: Move): number => {
      let sum = 0;
      for (const resource of aim) sum += this.shiftOf(resource, item, option);
      return sum;
    };
    const steps: Step[] = [];
    const used = new Set<number>();
    if (trading === undefined) {
      for (const moves of pairs.values()) {
        for (const move of moves) {
          const shift = shiftBy(move);
          if (shift === 0 || used.has(move.item) || !this.keepsEven([move])) continue;
          used.add(move.item);
          steps.push({ shift, regret: move.regret + this.disturbance(aim, [move]), moves: [move] });
        }
      }
    }
    for (const [there, back] of this.counterparts(pairs)) {
      for (const [a, b] of pairUp(there, back, shiftBy, direction)) {
        const shift = shiftBy(a) + shiftBy(b);
        if (shift === 0 || used.has(a.item) || used.has(b.item) || !this.keepsEven([a, b])) continue;
        used.add(a.item);
        used.add(b.item);
        const regret = a.regret + b.regret + this.disturbance(aim, [a, b]);
        steps.push({ shift, regret, moves: [a, b] });
      }
    }
    return steps.sort((a, b) => a.regret - b.regret);
  }

  /** What moves count for upsetting pools other than those they are for. Micros. */
  private disturbance(aim: ReadonlySet<number>, moves: readonly Move[]): number {
    if (this.care === 0) return 0;
    let sum = 0;
    for (let pool = 0; pool < this.instance.pools.length; pool++) {
      if (aim.has(pool) || this.waste.priceOf(pool) === 0) continue;
      let shift = 0;
      for (const { item, option } of moves) shift += this.shiftOf(pool, item, option);
      sum += this.waste.priceOf(pool) * Math.abs(shift);
    }
    return this.care * sum;
  }

  /** Lists of moves of which one may undo what the other does to what is even: from a plan and to it. */
  private counterparts(pairs: ReadonlyMap<number, readonly Move[]>): [readonly Move[], readonly Move[]][] {
    const { plans } = this.instance.problem.table;
    const found: [readonly Move[], readonly Move[]][] = [];
    for (const [key, moves] of pairs) {
      const [from, to] = [Math.floor(key / plans), key % plans];
      const back = from < to ? pairs.get(to * plans + from) : undefined;
      if (back !== undefined) found.push([moves, back]);
      if (!this.done.has(this.waste.ofPlan(to))) continue;
      for (const [other, onward] of pairs) {
        if (Math.floor(other / plans) === to && other % plans !== from) found.push([moves, onward]);
      }
    }
    return found;
  }

  /** Micros at the prices that an item carries on an option: what moving it could bring even is worth no more. */
  private moneyOf(option: number): number {
    const plan = this.items.plan[option] as number;
    const pool = this.instance.problem.table.poolOf[plan] as number;
    return (
      this.waste.priceOf(pool) * Math.abs(this.items.weight[option] as number) +
      (this.limitPrice[plan] as number)
    );
  }

  private keepsEven(moves: readonly Move[]): boolean {
    for (const resource of this.done) {
      let shift = 0;
      for (const { item, option } of moves) shift += this.shiftOf(resource, item, option);
      if (shift !== 0) return false;
    }
    return true;
  }

  /** The moves of least regret from each plan to each other, by `plan · plans + plan`. */
  private movesByPlans(trading: readonly number[] | undefined, count: number): Map<number, Move[]> {
    const { items, state, reduced } = this;
    const { poolOf, plans } = this.instance.problem.table;
    const pairs = new Map<number, Move[]>();
    for (let item = 0; item < items.count; item++) {
      const old = state.taken[item] as number;
      const from = items.plan[old] as number;
      if (trading?.includes(poolOf[from] as number) === false) continue;
      for (let k = items.start[item] as number; k < (items.start[item + 1] as number); k++) {
        const to = items.plan[k] as number;
        if (k === old || trading?.includes(poolOf[to] as number) === false) continue;
        const regret = (reduced[k] as number) - (reduced[old] as number);
        if (!(regret <= this.alike + this.moneyOf(old) + this.moneyOf(k))) continue;
        const key = from * plans + to;
        const known = pairs.get(key);
        if (known === undefined) pairs.set(key, [{ item, option: k, regret }]);
        else known.push({ item, option: k, regret });
      }
    }
    for (const [key, moves] of pairs) pairs.set(key, leastOf(moves, count, this.alike));
    return pairs;
  }
}

interface Move {
  readonly item: number;
  readonly option: number;
  readonly regret: number;
}

/** The moves of least regret, ascending; of those as good as the last, some evenly spread. */
function leastOf(moves: Move[], count: number, alike: number): Move[] {
  moves.sort((a, b) => a.regret - b.regret || a.item - b.item);
  const last = moves[count - 1];
  if (last === undefined) return moves;
  const better = moves.filter(({ regret }) => regret < last.regret - alike);
  const asGood = moves.filter(({ regret }) => Math.abs(regret - last.regret) <= alike);
  asGood.sort((a, b) => a.item - b.item);
  const wanted = count - better.length;
  return [
    ...better,
    ...asGood.filter(
      (_, at) => Math.floor(((at + 1) * wanted) / asGood.length) > Math.floor((at * wanted) / asGood.length),
    ),
  ];
}

/**
 * Trades between moves one way and the other: those that shift most in one direction, or, without one, a third that
 * lowers, a third that raises, and a third that does little of either.
 */
function pairUp(
  there: readonly Move[],
  back: readonly Move[],
  shiftBy: (move: Move) => number,
  direction: number,
): [Move, Move][] {
  const ascending = (moves: readonly Move[]): Move[] => [...moves].sort((a, b) => shiftBy(a) - shiftBy(b));
  const [ones, others] = [ascending(there), ascending(back)];
  const trades = Math.min(ones.length, others.length);
  const third = Math.ceil(trades / 3);
  const found: [Move, Move][] = [];
  const pair = (a: Move | undefined, b: Move | undefined): void => {
    if (a !== undefined && b !== undefined) found.push([a, b]);
  };
  for (let t = 0; t < trades; t++) {
    const lowers = direction < 0 || (direction === 0 && t < third);
    if (lowers) pair(ones[t], others[t]);
    else if (direction > 0 || t < 2 * third) {
      const back2 = direction > 0 ? t : t - third;
      pair(ones[ones.length - 1 - back2], others[others.length - 1 - back2]);
    } else pair(ones[t - third], others[others.length - 1 - (t - third)]);
  }
  return found;
}
