import type { Instance } from "./instance.ts";
import { invert, multiply, replaceColumn } from "./inverse.ts";
import type { Items } from "./items.ts";
import type { Ranges } from "./lagrangian.ts";
import { priceCap } from "./lagrangian.ts";

/**
 * A basis of the relaxation. Every item has one key option; besides, there is one working column per row: an
 * option ≥ 0 that shares its item with the key, or a logical: −1 − 2r "row r overrun", −2 − 2r "row r slack".
 */
export interface Basis {
  readonly key: Int32Array;
  readonly working: Int32Array;
}

/** What the simplex method ends with. */
export interface Vertex {
  /** The prices with the best value met, per row of the instance. */
  readonly prices: Float64Array;
  /** L at those prices, micros: a bound whatever else happened. */
  readonly value: number;
  /** Options that are taken in part, in (0, 1): at most two per row. */
  readonly shared: readonly { readonly option: number; readonly part: number }[];
  /** Overage blocks per pool in the relaxation; 0 where the allowance holds. */
  readonly blocks: Float64Array;
  /** SIMs per plan in the relaxation, fractional. */
  readonly devices: Float64Array;
  readonly basis: Basis;
}

/** What a branch leaves: block ranges, and options taken away. */
export interface Branch {
  readonly ranges: Ranges;
  readonly forbidden: Uint8Array | undefined;
}

/** What a step changed: the working column at an index, the key of an item without working columns, or more. */
type BasisChange = number | "key" | "structure" | "none";

/** Cost, as a share of the money scale, of an option that is taken away but still in the basis. */
const FORBIDDEN_COST = 1e5;
/** Price, in row scales, of overrunning a limit or a finite block range: it never pays. */
const FORBIDDEN_PRICE = 1e5;
const FEASIBLE = 1e-9;

/**
 * The relaxation over single SIMs, solved by a primal simplex method that keeps the one-plan-per-SIM rows out of
 * the basis (generalised upper bounding): the working matrix has one row per pool and limit, however many SIMs.
 * Each iteration prices all options, which evaluates L at the current prices, so that every iteration yields a
 * valid bound. It starts from the basis of a like problem. Figures inside are scaled to money and row scales.
 * Source: G. B. Dantzig and R. M. Van Slyke, J. Computer and System Sciences 1 (1967) 213–226.
 */
export class Relaxation {
  private readonly instance: Instance;
  private readonly items: Items;
  private readonly m: number;
  private readonly scale: Float64Array;
  private readonly money: number;
  /** Items and, after them, one item per pool whose two options are the ends of its block range. */
  private readonly start: Int32Array;
  private readonly itemOf: Int32Array;
  private readonly cost: Float64Array;
  private readonly poolRow: Int32Array;
  private readonly weight: Float64Array;
  private readonly plan: Uint16Array;
  private readonly change: Uint8Array;
  private readonly maxRow: Int32Array;
  private readonly minRow: Int32Array;
  private readonly changeRow: number;
  private readonly rightHand: Float64Array;
  private readonly inverse: Float64Array;
  private readonly matrix: Float64Array;
  private readonly column: Float64Array;
  private readonly rest: Float64Array;
  private readonly values: Float64Array;
  /** Column replacements since the inverse was made anew. */
  private updates = 0;
  private readonly z: Float64Array;
  private readonly planPrice: Float64Array;
  private readonly overrunCost: Float64Array;
  private readonly slackCost: Float64Array;
  private readonly blocked: Uint8Array;
  private key: Int32Array;
  private working: Int32Array;
  /** Options looked at since the start. */
  work = 0;

  constructor(instance: Instance, items: Items, scale: Float64Array, money: number) {
    const m = instance.rows.length;
    const pools = instance.pools.length;
    const { plans, poolOf } = instance.problem.table;
    const size = items.plan.length;
    this.instance = instance;
    this.items = items;
    this.m = m;
    this.scale = scale;
    this.money = money;
    this.maxRow = new Int32Array(plans + 1).fill(-1);
    this.minRow = new Int32Array(plans + 1).fill(-1);
    const rowOfPool = new Int32Array(pools).fill(-1);
    let changeRow = -1;
    instance.rows.forEach((row, r) => {
      if (row.kind === "pool") rowOfPool[row.pool] = r;
      else if (row.kind === "max") this.maxRow[row.plan] = r;
      else if (row.kind === "min") this.minRow[row.plan] = r;
      else changeRow = r;
    });
    this.changeRow = changeRow;
    this.start = new Int32Array(items.count + pools + 1);
    this.start.set(items.start);
    for (let q = 0; q < pools; q++) this.start[items.count + q + 1] = size + 2 * (q + 1);
    this.itemOf = new Int32Array(size + 2 * pools);
    for (let i = 0; i < items.count + pools; i++) this.itemOf.fill(i, this.start[i], this.start[i + 1]);
    this.cost = new Float64Array(size + 2 * pools);
    this.poolRow = new Int32Array(size + 2 * pools).fill(-1);
    this.weight = new Float64Array(size + 2 * pools);
    this.plan = new Uint16Array(size + 2 * pools).fill(plans);
    this.change = new Uint8Array(size + 2 * pools);
    this.plan.set(items.plan);
    this.change.set(items.change);
    for (let k = 0; k < size; k++) {
      const pool = poolOf[items.plan[k] as number] as number;
      const row = pool < 0 ? -1 : (rowOfPool[pool] as number);
      this.cost[k] = (items.cost[k] as number) / money;
      this.poolRow[k] = row;
      if (row >= 0) this.weight[k] = ((items.weight[k] as number) * (scale[row] as number)) / money;
    }
    for (let q = 0; q < pools; q++) this.poolRow.fill(rowOfPool[q] as number, size + 2 * q, size + 2 * q + 2);
    this.rightHand = new Float64Array(m);
    this.inverse = new Float64Array(m * m);
    this.matrix = new Float64Array(m * m);
    this.column = new Float64Array(m);
    this.rest = new Float64Array(m);
    this.values = new Float64Array(m);
    this.z = new Float64Array(m);
    this.planPrice = new Float64Array(plans + 1);
    this.overrunCost = new Float64Array(m);
    this.slackCost = new Float64Array(m);
    this.blocked = new Uint8Array(size + 2 * pools);
    this.key = new Int32Array(items.count + pools);
    this.working = new Int32Array(m);
  }

  /**
   * Solves from the vertex of a like branch; where its basis is infeasible here, as after a change of block range,
   * from its prices. Stops early once L passes `target` (micros).
   */
  solve(from: Vertex, branch: Branch, target: number, maxIterations: number): Vertex {
    this.enter(branch);
    this.key = Int32Array.from(from.basis.key);
    this.working = Int32Array.from(from.basis.working);
    if (!this.refactor() || !this.isFeasible()) return this.solveNear(from.prices, branch);
    return this.run(target, maxIterations);
  }

  private isFeasible(): boolean {
    for (let w = 0; w < this.m; w++) {
      if ((this.values[w] as number) < -FEASIBLE) return false;
      const column = this.working[w] as number;
      if (column < 0) continue;
      let held = 1;
      for (const v of this.workingOf(this.itemOf[column] as number)) held -= this.values[v] as number;
      if (held < -FEASIBLE) return false;
    }
    return true;
  }

  /** Solves from good prices, first inside a narrow box around them, which is then widened to the true caps. */
  solveNear(prices: Float64Array, branch: Branch): Vertex {
    this.enter(branch);
    const near = Float64Array.from(prices, (price, r) => price / (this.scale[r] as number));
    this.z.set(near);
    this.spread();
    for (let i = 0; i < this.key.length; i++) this.key[i] = this.cheapest(i);
    const rest = this.restOf();
    for (let r = 0; r < this.m; r++) this.working[r] = (rest[r] as number) < 0 ? -1 - 2 * r : -2 - 2 * r;
    const trueOverrun = Float64Array.from(this.overrunCost);
    for (const width of [1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1]) {
      for (let r = 0; r < this.m; r++) {
        this.slackCost[r] = -Math.max(0, (near[r] as number) - width);
        this.overrunCost[r] = Math.min(trueOverrun[r] as number, (near[r] as number) + width);
      }
      this.run(Number.POSITIVE_INFINITY, 100 + 30 * this.m);
      const held = this.working.some(
        (column, w) =>
          column < 0 && (this.values[w] as number) > FEASIBLE && !this.atTrueCost(column, trueOverrun),
      );
      if (!held) break;
    }
    this.slackCost.fill(0);
    this.overrunCost.set(trueOverrun);
    return this.run(Number.POSITIVE_INFINITY, 200 + 30 * this.m);
  }

  private atTrueCost(column: number, trueOverrun: Float64Array): boolean {
    const r = (-1 - column) >> 1;
    return (-1 - column) % 2 === 0 ? this.overrunCost[r] === trueOverrun[r] : this.slackCost[r] === 0;
  }

  private enter({ ranges, forbidden }: Branch): void {
    const { instance, items } = this;
    const size = items.plan.length;
    if (forbidden === undefined) this.blocked.fill(0);
    else this.blocked.set(forbidden);
    this.slackCost.fill(0);
    instance.rows.forEach((row, r) => {
      const cap = row.kind === "pool" ? priceCap(instance, row.pool, ranges) : Number.POSITIVE_INFINITY;
      this.overrunCost[r] = Math.min(cap / (this.scale[r] as number), FORBIDDEN_PRICE);
      if (row.kind === "max" && (ranges.most[row.plan] as number) >= instance.problem.size)
        this.overrunCost[r] = 0;
      if (row.kind === "min" && (ranges.least[row.plan] as number) === 0) this.overrunCost[r] = 0;
      this.rightHand[r] =
        (rightHandSide(instance, items, ranges, row) * (this.scale[r] as number)) / this.money;
      if (row.kind !== "pool") return;
      const terms = instance.pools[row.pool];
      const lo = ranges.lo[row.pool] as number;
      const hi = ranges.hi[row.pool] as number;
      [lo, hi === Number.POSITIVE_INFINITY ? lo : hi].forEach((blocks, end) => {
        const k = size + 2 * row.pool + end;
        this.cost[k] = (blocks * (terms?.blockPrice ?? 0)) / this.money;
        this.weight[k] = (-blocks * (terms?.blockBytes ?? 0) * (this.scale[r] as number)) / this.money;
      });
    });
  }

  /** Adds factor · (the option's row entries) to `into`. */
  private addOption(k: number, factor: number, into: Float64Array): void {
    const { scale, money } = this;
    const row = this.poolRow[k] as number;
    if (row >= 0) into[row] = (into[row] as number) + factor * (this.weight[k] as number);
    const plan = this.plan[k] as number;
    const max = this.maxRow[plan] as number;
    if (max >= 0) into[max] = (into[max] as number) + (factor * (scale[max] as number)) / money;
    const min = this.minRow[plan] as number;
    if (min >= 0) into[min] = (into[min] as number) - (factor * (scale[min] as number)) / money;
    if (this.changeRow >= 0 && this.change[k] === 1) {
      into[this.changeRow] =
        (into[this.changeRow] as number) + (factor * (scale[this.changeRow] as number)) / money;
    }
  }

  /** Right-hand sides less what the keys take: what the working columns must make up. */
  private restOf(): Float64Array {
    const { rest } = this;
    rest.set(this.rightHand);
    for (const k of this.key) this.addOption(k, -1, rest);
    return rest;
  }

  private chargedCost(k: number): number {
    return (this.cost[k] as number) + (this.blocked[k] === 1 ? FORBIDDEN_COST : 0);
  }

  /** Column of a working variable over the keys. */
  private fillColumn(column: number, into: Float64Array): void {
    into.fill(0);
    if (column < 0) {
      into[(-1 - column) >> 1] = (-1 - column) % 2 === 0 ? -1 : 1;
      return;
    }
    this.addOption(column, 1, into);
    this.addOption(this.key[this.itemOf[column] as number] as number, -1, into);
  }

  /** Inverts the working matrix and recomputes values and prices. @returns false where it is singular. */
  private refactor(): boolean {
    const { m, inverse } = this;
    const { matrix, column } = this;
    for (let w = 0; w < m; w++) {
      this.fillColumn(this.working[w] as number, column);
      for (let r = 0; r < m; r++) matrix[r * m + w] = column[r] as number;
    }
    if (!invert(matrix, inverse, m)) return false;
    this.updates = 0;
    this.settle();
    return true;
  }

  /** Brings the inverse up to date after a change of basis. @returns false where the basis is singular. */
  private update(changed: BasisChange, direction: Float64Array): boolean {
    const pivot = typeof changed === "number" ? Math.abs(direction[changed] as number) : 0;
    if (typeof changed === "number" && pivot >= 1e-7 && ++this.updates <= 30) {
      replaceColumn(this.inverse, direction, changed, this.m);
    } else if (changed !== "key") return this.refactor();
    this.settle();
    return true;
  }

  /** Recomputes the values of the working columns and the prices from the inverse. */
  private settle(): void {
    const { m, inverse } = this;
    const rest = this.restOf();
    this.z.fill(0);
    for (let w = 0; w < m; w++) {
      let value = 0;
      const cost = this.workingCost(this.working[w] as number);
      for (let r = 0; r < m; r++) {
        const entry = inverse[w * m + r] as number;
        value += entry * (rest[r] as number);
        this.z[r] = (this.z[r] as number) - cost * entry;
      }
      this.values[w] = Math.abs(value) < 1e-12 ? 0 : value;
    }
    this.spread();
  }

  private workingCost(column: number): number {
    if (column < 0) {
      const r = (-1 - column) >> 1;
      return ((-1 - column) % 2 === 0 ? this.overrunCost[r] : this.slackCost[r]) as number;
    }
    return this.chargedCost(column) - this.chargedCost(this.key[this.itemOf[column] as number] as number);
  }

  private spread(): void {
    this.planPrice.fill(0);
    const { scale, money, z } = this;
    for (let p = 0; p < this.planPrice.length; p++) {
      const max = this.maxRow[p] as number;
      const min = this.minRow[p] as number;
      if (max >= 0) this.planPrice[p] = ((z[max] as number) * (scale[max] as number)) / money;
      if (min >= 0)
        this.planPrice[p] =
          (this.planPrice[p] as number) - ((z[min] as number) * (scale[min] as number)) / money;
    }
  }

  private reduced(k: number): number {
    const row = this.poolRow[k] as number;
    const price =
      this.changeRow >= 0 && this.change[k] === 1
        ? ((this.z[this.changeRow] as number) * (this.scale[this.changeRow] as number)) / this.money
        : 0;
    return (
      (this.cost[k] as number) +
      (row < 0 ? 0 : (this.z[row] as number) * (this.weight[k] as number)) +
      (this.planPrice[this.plan[k] as number] as number) +
      price
    );
  }

  private cheapest(item: number): number {
    let best = Number.POSITIVE_INFINITY;
    let taken = this.start[item] as number;
    for (let k = this.start[item] as number; k < (this.start[item + 1] as number); k++) {
      if (this.blocked[k] === 1) continue;
      const cost = this.reduced(k);
      if (cost < best) {
        best = cost;
        taken = k;
      }
    }
    return taken;
  }

  /** Prices all columns: L at the current prices (scaled; −Infinity off their domain), and the best one to enter. */
  private price(byIndex: boolean): { value: number; entering: number | undefined } {
    const { start, key } = this;
    let value = this.items.settled.cost / this.money;
    let best = -1e-10;
    let entering: number | undefined;
    for (let i = 0; i < key.length; i++) {
      const first = start[i] as number;
      const end = start[i + 1] as number;
      const held = key[i] as number;
      const own = this.reduced(held) + (this.blocked[held] === 1 ? FORBIDDEN_COST : 0);
      let least = this.blocked[held] === 1 ? Number.POSITIVE_INFINITY : own;
      for (let k = first; k < end; k++) {
        if (this.blocked[k] === 1) continue;
        const cost = this.reduced(k);
        if (cost < least) least = cost;
        const gain = cost - own;
        if (gain < best && k !== held && !(byIndex && entering !== undefined)) {
          best = gain;
          entering = k;
        }
      }
      value += least;
    }
    this.work += this.plan.length + this.m * this.m;
    for (let r = 0; r < this.m; r++) {
      const price = this.z[r] as number;
      value -= price * (this.rightHand[r] as number);
      const above = (this.overrunCost[r] as number) - price;
      const below = price + (this.slackCost[r] as number);
      if (price < -1e-12 || above < -1e-9) value = Number.NEGATIVE_INFINITY;
      if (Math.min(above, below) >= best || (byIndex && entering !== undefined)) continue;
      best = Math.min(above, below);
      entering = above < below ? -1 - 2 * r : -2 - 2 * r;
    }
    return { value, entering };
  }

  private run(target: number, maxIterations: number): Vertex {
    let bestValue = Number.NEGATIVE_INFINITY;
    const bestPrices = new Float64Array(this.m);
    const column = new Float64Array(this.m);
    const direction = new Float64Array(this.m);
    let changed: BasisChange = "structure";
    for (let step = 0; step <= maxIterations; step++) {
      if (!this.update(changed, direction)) break;
      const { value, entering } = this.price(step > maxIterations / 2);
      if (value > bestValue) {
        bestValue = value;
        bestPrices.set(this.z);
      }
      if (entering === undefined || step === maxIterations || bestValue * this.money > target) break;
      this.fillColumn(entering, column);
      multiply(this.inverse, column, direction, this.m);
      changed = this.step(entering, direction);
      if (changed === "none") break;
    }
    return {
      prices: bestPrices.map((price, r) => Math.max(0, price) * (this.scale[r] as number)),
      value: bestValue * this.money,
      shared: this.sharedOptions(),
      blocks: this.blocksHeld(),
      devices: this.devicesHeld(),
      basis: { key: Int32Array.from(this.key), working: Int32Array.from(this.working) },
    };
  }

  /** How much of each item its working options hold, by item. */
  private workingOf(item: number): number[] {
    const found: number[] = [];
    for (let w = 0; w < this.m; w++) {
      const column = this.working[w] as number;
      if (column >= 0 && this.itemOf[column] === item) found.push(w);
    }
    return found;
  }

  /** One change of basis; "none" where nothing limits the step, which only rounding can bring about. */
  private step(entering: number, direction: Float64Array): BasisChange {
    const enteringItem = entering < 0 ? -1 : (this.itemOf[entering] as number);
    let ratio = Number.POSITIVE_INFINITY;
    let leavingWorking = -1;
    let leavingItem = -1;
    const seen = new Set<number>();
    if (enteringItem >= 0) seen.add(enteringItem);
    for (let w = 0; w < this.m; w++) {
      const column = this.working[w] as number;
      if (column >= 0) seen.add(this.itemOf[column] as number);
      const d = direction[w] as number;
      if (d <= 1e-9) continue;
      const limit = Math.max(0, this.values[w] as number) / d;
      if (limit < ratio - 1e-12) {
        ratio = limit;
        leavingWorking = w;
      }
    }
    for (const item of seen) {
      let held = 1;
      let rate = item === enteringItem ? 1 : 0;
      for (const w of this.workingOf(item)) {
        held -= this.values[w] as number;
        rate -= direction[w] as number;
      }
      if (rate <= 1e-9) continue;
      const limit = Math.max(0, held) / rate;
      if (limit < ratio - 1e-12) {
        ratio = limit;
        leavingItem = item;
      }
    }
    if (ratio === Number.POSITIVE_INFINITY) return "none";
    if (leavingItem < 0) {
      this.working[leavingWorking] = entering;
      return leavingWorking;
    }
    const shared = this.workingOf(leavingItem);
    if (shared.length === 0) {
      this.key[leavingItem] = entering;
      return "key";
    }
    const heir = leavingItem === enteringItem ? undefined : largest(shared, direction);
    if (heir === undefined) {
      this.key[leavingItem] = entering;
      return "structure";
    }
    this.key[leavingItem] = this.working[heir] as number;
    this.working[heir] = entering;
    return "structure";
  }

  private sharedOptions(): { option: number; part: number }[] {
    const shared: { option: number; part: number }[] = [];
    const seen = new Set<number>();
    for (const column of this.working) {
      if (column < 0) continue;
      const item = this.itemOf[column] as number;
      if (seen.has(item) || item >= this.items.count) continue;
      seen.add(item);
      let key = 1;
      for (const w of this.workingOf(item)) {
        const part = this.values[w] as number;
        key -= part;
        if (part > 1e-7) shared.push({ option: this.working[w] as number, part });
      }
      if (key > 1e-7) shared.push({ option: this.key[item] as number, part: key });
    }
    return shared;
  }

  private devicesHeld(): Float64Array {
    const { plan, key, itemOf, items } = this;
    const devices = Float64Array.from(items.settled.devices);
    const add = (option: number, part: number): void => {
      const p = plan[option] as number;
      devices[p] = (devices[p] as number) + part;
    };
    for (let i = 0; i < items.count; i++) add(key[i] as number, 1);
    for (let w = 0; w < this.m; w++) {
      const column = this.working[w] as number;
      if (column < 0 || (itemOf[column] as number) >= items.count) continue;
      add(key[itemOf[column] as number] as number, -(this.values[w] as number));
      add(column, this.values[w] as number);
    }
    return devices;
  }

  private blocksHeld(): Float64Array {
    const blocks = new Float64Array(this.instance.pools.length);
    const size = this.items.plan.length;
    this.instance.rows.forEach((row, r) => {
      if (row.kind !== "pool") return;
      const terms = this.instance.pools[row.pool];
      if (terms === undefined) return;
      const perBlock = (terms.blockBytes * (this.scale[r] as number)) / this.money;
      let held = -(this.weight[this.key[this.items.count + row.pool] as number] as number);
      for (let w = 0; w < this.m; w++) {
        const column = this.working[w] as number;
        if (column === -1 - 2 * r) held += this.values[w] as number;
        if (column >= size && this.itemOf[column] === this.items.count + row.pool) {
          held -=
            ((this.weight[column] as number) -
              (this.weight[this.key[this.items.count + row.pool] as number] as number)) *
            (this.values[w] as number);
        }
      }
      blocks[row.pool] = held / perBlock;
    });
    return blocks;
  }

  /** The vertex as a choice: each item takes the option it holds most of. */
  wholeChoice(vertex: Vertex): Uint16Array {
    const choice = new Uint16Array(this.items.count);
    for (let i = 0; i < this.items.count; i++)
      choice[i] = (vertex.basis.key[i] as number) - (this.start[i] as number);
    const most = new Map<number, number>();
    for (const { option, part } of vertex.shared) {
      const item = this.itemOf[option] as number;
      if (part <= (most.get(item) ?? 0)) continue;
      most.set(item, part);
      choice[item] = option - (this.start[item] as number);
    }
    return choice;
  }
}

function rightHandSide(
  instance: Instance,
  items: Items,
  ranges: Ranges,
  row: Instance["rows"][number],
): number {
  const { settled } = items;
  if (row.kind === "pool")
    return (instance.pools[row.pool]?.fixedBytes ?? 0) - (settled.weight[row.pool] as number);
  if (row.kind === "max") return (ranges.most[row.plan] as number) - (settled.devices[row.plan] as number);
  if (row.kind === "min") return (settled.devices[row.plan] as number) - (ranges.least[row.plan] as number);
  return row.limit - settled.changes;
}

function largest(indices: readonly number[], values: Float64Array): number | undefined {
  let best: number | undefined;
  for (const w of indices)
    if (best === undefined || Math.abs(values[w] as number) > Math.abs(values[best] as number)) best = w;
  return best;
}
