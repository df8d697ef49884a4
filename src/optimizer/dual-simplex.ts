import type { Instance } from "./instance.ts";
import { seededRandom } from "./random.ts";
import { invert, multiply, replaceColumn } from "./inverse.ts";
import type { Items } from "./items.ts";
import type { Ranges } from "./lagrangian.ts";

/**
 * A basis of the relaxation. Every item has one key option; besides, there is one working column per row: an
 * option ≥ 0 that shares its item with the key, or a logical: −1 − 2r "row r overrun", −2 − 2r "row r slack".
 */
export interface Basis {
  readonly key: Int32Array;
  readonly working: Int32Array;
  /** 1 where a row's overrun is at its upper end, and not a working column. */
  readonly atUpper: Uint8Array;
}

/** What the simplex method ends with. */
export interface Vertex {
  /** Prices per row of the instance. */
  readonly prices: Float64Array;
  /** L at those prices, micros: a bound whatever else happened. */
  readonly value: number;
  /** Options that are taken in part, in (0, 1): at most two per row. */
  readonly shared: readonly { readonly option: number; readonly part: number }[];
  /** Overage blocks per pool in the relaxation. */
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

const FEASIBLE = 1e-7;
/** Rates below this, of options in SIMs, are rounding. */
const PIVOT = 1e-9;
const UPDATES = 30;
/** How many more iterations a start from scratch may take. */
const ANEW = 4;
/** Micros by which like options are told apart. */
const APART = 0.004;

/**
 * The relaxation over single SIMs, solved by a dual simplex method that keeps the one-plan-per-SIM rows out of the
 * basis (generalised upper bounding): the working matrix has one row per pool and limit, however many SIMs.
 *
 * The dual of the relaxation is to maximise L over the prices, and each iteration is a line search of L: along the
 * direction that a broken row asks for, SIMs change plans, which lessens the slope, until it is gone (the long step).
 * L never falls, every iteration's prices are a valid bound, and after a branch the method goes on from where the parent
 * ended. Figures inside are micros; a row's price is a share of its scale.
 * Sources: G. B. Dantzig and R. M. Van Slyke, J. Computer and System Sciences 1 (1967) 213–226; C. E. Lemke, Naval
 * Research Logistics Quarterly 1 (1954) 36–47; I. Maros, European J. Operational Research 149 (2003) 1–16.
 */
export class DualSimplex {
  private readonly instance: Instance;
  private readonly items: Items;
  private readonly m: number;
  private readonly scale: Float64Array;
  private readonly itemOf: Int32Array;
  /** Costs, told apart by less than counts, so that no two options tie: among ties the method might go round in circles. */
  private readonly cost: Float64Array;
  /** Weight of an option in its pool's row, scaled; 0 where the pool has none. */
  private readonly weight: Float64Array;
  private readonly poolRow: Int32Array;
  /** Row of a plan's SIMs, where they are limited from above, below or both; −1 where they are not. */
  private readonly countRow: Int32Array;
  private readonly changeRow: number;
  /** Row of the method for each row of the instance, and the sign of its price. */
  private readonly rowOf: Int32Array;
  private readonly signOf: Int8Array;
  /** 1 for a row that is an equation: a plan's SIMs, whose limits are those of its overrun. */
  private readonly equals: Uint8Array;
  private readonly rightHand: Float64Array;
  /** Overrun of a row: price and least and most of it, in row units. */
  private readonly overrunPrice: Float64Array;
  private readonly least: Float64Array;
  private readonly most: Float64Array;
  private readonly inverse: Float64Array;
  private readonly matrix: Float64Array;
  private readonly column: Float64Array;
  private readonly direction: Float64Array;
  private readonly step: Float64Array;
  private readonly rest: Float64Array;
  private readonly values: Float64Array;
  private readonly z: Float64Array;
  private readonly perUnit: Float64Array;
  private readonly perDevice: Float64Array;
  private readonly stepUnit: Float64Array;
  private readonly stepDevice: Float64Array;
  private readonly heap = new BreakHeap();
  private blocked: Uint8Array;
  private key: Int32Array;
  private working: Int32Array;
  private atUpper: Uint8Array;
  /** How many working columns an item has. */
  private readonly inWorking: Uint8Array;
  /** 1 for an option that is a working column. */
  private readonly basic: Uint8Array;
  private slight = PIVOT;
  private updates = 0;
  private origin: Vertex | undefined;
  private readonly originInverse: Float64Array;
  /** Options looked at since the start. */
  work = 0;

  constructor(instance: Instance, items: Items, scale: Float64Array) {
    const { plans, poolOf } = instance.problem.table;
    this.instance = instance;
    this.items = items;
    this.poolRow = new Int32Array(plans).fill(-1);
    this.countRow = new Int32Array(plans).fill(-1);
    this.rowOf = new Int32Array(instance.rows.length);
    this.signOf = new Int8Array(instance.rows.length).fill(1);
    const scales: number[] = [];
    const equations: number[] = [];
    let changeRow = -1;
    instance.rows.forEach((row, at) => {
      const known = row.kind === "max" || row.kind === "min" ? (this.countRow[row.plan] as number) : -1;
      const r = known >= 0 ? known : scales.push(scale[at] as number) - 1;
      this.rowOf[at] = r;
      if (row.kind === "pool") {
        for (let p = 0; p < plans; p++) if (poolOf[p] === row.pool) this.poolRow[p] = r;
      } else if (row.kind === "changes") changeRow = r;
      else {
        this.countRow[row.plan] = r;
        equations.push(r);
        if (row.kind === "min") this.signOf[at] = -1;
      }
    });
    const m = scales.length;
    this.m = m;
    this.scale = Float64Array.from(scales);
    this.changeRow = changeRow;
    this.equals = new Uint8Array(m);
    for (const r of equations) this.equals[r] = 1;
    this.itemOf = new Int32Array(items.plan.length);
    for (let i = 0; i < items.count; i++) this.itemOf.fill(i, items.start[i], items.start[i + 1]);
    const random = seededRandom(0x71e5);
    this.cost = items.cost.map((cost) => cost + random() * APART);
    this.weight = Float64Array.from(items.weight, (bytes, k) => {
      const row = this.poolRow[items.plan[k] as number] as number;
      return row < 0 ? 0 : bytes * (this.scale[row] as number);
    });
    this.rightHand = new Float64Array(m);
    this.overrunPrice = new Float64Array(m);
    this.least = new Float64Array(m);
    this.most = new Float64Array(m);
    this.inverse = new Float64Array(m * m);
    this.matrix = new Float64Array(m * m);
    this.originInverse = new Float64Array(m * m);
    this.column = new Float64Array(m);
    this.direction = new Float64Array(m);
    this.step = new Float64Array(m);
    this.rest = new Float64Array(m);
    this.values = new Float64Array(m);
    this.z = new Float64Array(m);
    this.perUnit = new Float64Array(plans);
    this.perDevice = new Float64Array(plans);
    this.stepUnit = new Float64Array(plans);
    this.stepDevice = new Float64Array(plans);
    this.blocked = new Uint8Array(items.plan.length);
    this.key = new Int32Array(items.count);
    this.working = new Int32Array(m);
    this.atUpper = new Uint8Array(m);
    this.inWorking = new Uint8Array(items.count);
    this.basic = new Uint8Array(items.plan.length);
  }

  /** Solves from scratch: from prices of 0, at which every SIM takes its cheapest plan. */
  solveAnew(branch: Branch, target: number, maxIterations: number): Vertex {
    this.enter(branch);
    for (let r = 0; r < this.m; r++) this.working[r] = this.equals[r] === 1 ? -1 - 2 * r : -2 - 2 * r;
    this.atUpper.fill(0);
    this.z.fill(0);
    this.spread(this.z, this.perUnit, this.perDevice);
    for (let i = 0; i < this.items.count; i++) this.key[i] = this.cheapest(i);
    return this.run(target, maxIterations) ?? this.vertexHere();
  }

  /** Solves from the vertex of a like branch. Stops early once L passes `target` (micros). */
  solve(from: Vertex, branch: Branch, target: number, maxIterations: number): Vertex {
    this.enter(branch);
    this.key.set(from.basis.key);
    this.working.set(from.basis.working);
    this.atUpper.set(from.basis.atUpper);
    const vertex = this.run(target, maxIterations, from);
    return vertex ?? this.solveAnew(branch, target, ANEW * maxIterations);
  }

  private enter({ ranges, forbidden }: Branch): void {
    const { instance, items } = this;
    if (forbidden === undefined) this.blocked.fill(0);
    else this.blocked.set(forbidden);
    instance.rows.forEach((row, at) => {
      const r = this.rowOf[at] as number;
      const scale = this.scale[r] as number;
      this.overrunPrice[r] = 0;
      this.least[r] = 0;
      this.most[r] = 0;
      if (row.kind === "changes") this.rightHand[r] = (row.limit - items.settled.changes) * scale;
      else if (row.kind === "pool") {
        const terms = instance.pools[row.pool] as Instance["pools"][number];
        const block = terms.blockBytes * scale;
        this.rightHand[r] = (terms.fixedBytes - (items.settled.weight[row.pool] as number)) * scale;
        this.overrunPrice[r] = terms.blockPrice / block;
        this.least[r] = (ranges.lo[row.pool] as number) * block;
        this.most[r] = (ranges.hi[row.pool] as number) * block;
      } else {
        this.rightHand[r] = -(items.settled.devices[row.plan] as number) * scale;
        this.least[r] = (ranges.least[row.plan] as number) * scale;
        this.most[r] = (ranges.most[row.plan] as number) * scale;
      }
    });
  }

  /** Adds factor · (the option's row entries) to `into`. */
  private addOption(k: number, factor: number, into: Float64Array): void {
    const plan = this.items.plan[k] as number;
    const row = this.poolRow[plan] as number;
    if (row >= 0) into[row] = (into[row] as number) + factor * (this.weight[k] as number);
    const count = this.countRow[plan] as number;
    if (count >= 0) into[count] = (into[count] as number) + factor * (this.scale[count] as number);
    const changes = this.changeRow;
    if (changes >= 0 && this.items.change[k] === 1)
      into[changes] = (into[changes] as number) + factor * (this.scale[changes] as number);
  }

  private setKey(item: number, option: number): void {
    this.addOption(this.key[item] as number, 1, this.rest);
    this.addOption(option, -1, this.rest);
    this.key[item] = option;
  }

  /** Right-hand sides less what the keys take and what overruns stand at: what the working columns must make up. */
  private findRest(): void {
    const { rest } = this;
    rest.set(this.rightHand);
    for (const k of this.key) this.addOption(k, -1, rest);
    for (let r = 0; r < this.m; r++) {
      if (this.isWorking(-1 - 2 * r)) continue;
      rest[r] = (rest[r] as number) + ((this.atUpper[r] === 1 ? this.most[r] : this.least[r]) as number);
    }
  }

  private isWorking(column: number): boolean {
    return this.working.includes(column);
  }

  private fillColumn(column: number, into: Float64Array): void {
    into.fill(0);
    if (column < 0) {
      into[(-1 - column) >> 1] = (-1 - column) % 2 === 0 ? -1 : 1;
      return;
    }
    this.addOption(column, 1, into);
    this.addOption(this.key[this.itemOf[column] as number] as number, -1, into);
  }

  /** Inverts the working matrix. @returns false where it is singular. */
  private refactor(): boolean {
    const { m, matrix, column, working } = this;
    for (let w = 0; w < m; w++) {
      this.fillColumn(working[w] as number, column);
      for (let r = 0; r < m; r++) matrix[r * m + w] = column[r] as number;
    }
    this.updates = 0;
    return invert(matrix, this.inverse, m);
  }

  /** The inverse to begin with: from the last time, where several branches are tried from one vertex. */
  private restart(from: Vertex | undefined): boolean {
    if (from !== undefined && from === this.origin) {
      this.inverse.set(this.originInverse);
      this.updates = 0;
      return true;
    }
    this.origin = undefined;
    if (!this.refactor()) return false;
    this.origin = from;
    this.originInverse.set(this.inverse);
    return true;
  }

  private workingCost(column: number): number {
    if (column < 0) return (-1 - column) % 2 === 0 ? (this.overrunPrice[(-1 - column) >> 1] as number) : 0;
    const { cost } = this;
    return (cost[column] as number) - (cost[this.key[this.itemOf[column] as number] as number] as number);
  }

  /** Recomputes the prices from the inverse. */
  private findPrices(): void {
    const { m, inverse, z } = this;
    z.fill(0);
    for (let w = 0; w < m; w++) {
      const cost = this.workingCost(this.working[w] as number);
      if (cost === 0) continue;
      for (let r = 0; r < m; r++) z[r] = (z[r] as number) - cost * (inverse[w * m + r] as number);
    }
    for (let r = 0; r < m; r++) if ((z[r] as number) < 0 && this.equals[r] === 0) z[r] = 0;
    this.spread(z, this.perUnit, this.perDevice);
  }

  private findValues(): void {
    multiply(this.inverse, this.rest, this.values, this.m);
  }

  private spread(z: Float64Array, perUnit: Float64Array, perDevice: Float64Array): void {
    for (let p = 0; p < perUnit.length; p++) {
      const row = this.poolRow[p] as number;
      const count = this.countRow[p] as number;
      perUnit[p] = row < 0 ? 0 : (z[row] as number);
      perDevice[p] = count < 0 ? 0 : (z[count] as number) * (this.scale[count] as number);
    }
  }

  private changePrice(z: Float64Array): number {
    return this.changeRow < 0 ? 0 : (z[this.changeRow] as number) * (this.scale[this.changeRow] as number);
  }

  private reduced(k: number): number {
    const { plan, change } = this.items;
    const p = plan[k] as number;
    const own = (this.cost[k] as number) + (this.perUnit[p] as number) * (this.weight[k] as number);
    return own + (this.perDevice[p] as number) + (change[k] === 1 ? this.changePrice(this.z) : 0);
  }

  private cheapest(item: number): number {
    let best = Number.POSITIVE_INFINITY;
    let taken = this.items.start[item] as number;
    for (let k = taken; k < (this.items.start[item + 1] as number); k++) {
      if (this.blocked[k] === 1) continue;
      const cost = this.reduced(k);
      if (cost >= best) continue;
      best = cost;
      taken = k;
    }
    return taken;
  }

  /** L at the current prices, micros. */
  private valueHere(): number {
    const { items, blocked, perUnit, perDevice, weight, m, z } = this;
    const { start, cost, plan, change } = items;
    const changePrice = this.changePrice(z);
    let value = items.settled.cost;
    for (let i = 0; i < items.count; i++) {
      let least = Number.POSITIVE_INFINITY;
      const end = start[i + 1] as number;
      for (let k = start[i] as number; k < end; k++) {
        if (blocked[k] === 1) continue;
        const p = plan[k] as number;
        const reduced =
          (cost[k] as number) +
          (perUnit[p] as number) * (weight[k] as number) +
          (perDevice[p] as number) +
          (change[k] as number) * changePrice;
        if (reduced < least) least = reduced;
      }
      value += least;
    }
    this.work += items.plan.length;
    for (let r = 0; r < m; r++) {
      const each = (this.overrunPrice[r] as number) - (z[r] as number);
      const most = this.most[r] as number;
      value -= (z[r] as number) * (this.rightHand[r] as number);
      if (each >= 0 || most === Number.POSITIVE_INFINITY) value += each * (this.least[r] as number);
      else value += each * most;
    }
    return value;
  }

  private run(target: number, maxIterations: number, from?: Vertex): Vertex | undefined {
    const { items, m } = this;
    this.inWorking.fill(0);
    this.basic.fill(0);
    for (const column of this.working) this.countWorking(column, 1);
    let sound = this.restart(from);
    if (sound) this.findPrices();
    for (let i = 0; i < items.count; i++)
      if (this.blocked[this.key[i] as number] === 1 && this.inWorking[i] === 0)
        this.key[i] = this.cheapest(i);
    // An overrun whose upper end is open again stands at its lower one.
    for (let r = 0; r < m; r++) {
      const flips =
        (this.overrunPrice[r] as number) < (this.z[r] as number) && this.most[r] !== Number.POSITIVE_INFINITY;
      this.atUpper[r] = flips ? 1 : 0;
    }
    this.findRest();
    this.findValues();
    for (let iteration = 0; sound && iteration < maxIterations; iteration++) {
      const leaving = this.mostBroken();
      if (leaving === undefined) break;
      const went = this.iterate(leaving, target);
      if (went !== "on") {
        sound = went !== "singular";
        break;
      }
      if ((iteration & 3) === 3 && this.valueHere() > target) break;
    }
    return sound ? this.vertexHere() : undefined;
  }

  private vertexHere(): Vertex {
    this.capPrices();
    return {
      prices: Float64Array.from(this.rowOf, (r, at) =>
        Math.max(0, (this.signOf[at] as number) * (this.z[r] as number) * (this.scale[r] as number)),
      ),
      value: this.valueHere(),
      shared: this.sharedOptions(),
      blocks: this.blocksHeld(),
      devices: this.devicesHeld(),
      basis: {
        key: Int32Array.from(this.key),
        working: Int32Array.from(this.working),
        atUpper: Uint8Array.from(this.atUpper),
      },
    };
  }

  /** Keeps prices within their caps, which rounding may pass. */
  private capPrices(): void {
    for (let r = 0; r < this.m; r++) {
      if (this.most[r] === Number.POSITIVE_INFINITY)
        this.z[r] = Math.min(this.z[r] as number, this.overrunPrice[r] as number);
    }
    this.spread(this.z, this.perUnit, this.perDevice);
  }

  /** The column, working or key, that is furthest outside its range, relative to what it takes to bring it back. */
  private mostBroken(): Broken | undefined {
    const { m, working, values, blocked } = this;
    let worst = 0;
    let found: Broken | undefined;
    const judge = (excess: number, over: number, w: number, isKey: boolean, norm: number): void => {
      const by = Math.max(-excess, over);
      if (by <= FEASIBLE) return;
      const score = (by * by) / Math.max(1e-300, norm);
      if (score <= worst) return;
      worst = score;
      found = { slot: w, isKey, isOver: over > -excess, by };
    };
    for (let w = 0; w < m; w++) {
      const column = working[w] as number;
      const value = values[w] as number;
      let low = 0;
      let high = Number.POSITIVE_INFINITY;
      if (column >= 0) {
        if (blocked[column] === 1) high = 0;
      } else if ((-1 - column) % 2 === 0) {
        const r = (-1 - column) >> 1;
        low = this.least[r] as number;
        high = this.most[r] as number;
      }
      // Logicals count in micros, options in SIMs: both are compared by what the broken row would win a unit of price.
      const size = column < 0 ? 1 / this.sizeOf((-1 - column) >> 1) : 1;
      judge((value - low) * size, (value - high) * size, w, false, this.normOf(w) * size * size);
      if (column < 0) continue;
      const item = this.itemOf[column] as number;
      if (!this.isFirstOf(item, w)) continue;
      let held = 1;
      for (let v = w; v < m; v++)
        if ((working[v] as number) >= 0 && this.itemOf[working[v] as number] === item)
          held -= values[v] as number;
      const keyHigh = blocked[this.key[item] as number] === 1 ? 0 : Number.POSITIVE_INFINITY;
      judge(held, held - keyHigh, w, true, this.normOf(w));
    }
    return found;
  }

  private sizeOf(r: number): number {
    return this.equals[r] === 1
      ? (this.scale[r] as number)
      : Math.max(1, Math.abs(this.rightHand[r] as number) * 1e-3);
  }

  private normOf(w: number): number {
    let sum = 0;
    for (let r = 0; r < this.m; r++) sum += (this.inverse[w * this.m + r] as number) ** 2;
    return sum;
  }

  private isFirstOf(item: number, w: number): boolean {
    for (let v = 0; v < w; v++) {
      const column = this.working[v] as number;
      if (column >= 0 && this.itemOf[column] === item) return false;
    }
    return true;
  }

  /** Makes the key of a slot's item its working column, and that column the key. */
  private swapKey(slot: number): void {
    const { m, inverse, working } = this;
    const column = working[slot] as number;
    const item = this.itemOf[column] as number;
    const old = this.key[item] as number;
    for (let r = 0; r < m; r++) {
      let sum = 0;
      for (let v = 0; v < m; v++) {
        const other = working[v] as number;
        if (other >= 0 && this.itemOf[other] === item) sum += inverse[v * m + r] as number;
      }
      inverse[slot * m + r] = -sum;
    }
    this.setKey(item, column);
    working[slot] = old;
    this.basic[column] = 0;
    this.basic[old] = 1;
  }

  private iterate(broken: Broken, target: number): "on" | "ended" | "singular" {
    const { m, inverse, step, z, items } = this;
    const { slot } = broken;
    if (broken.isKey) {
      this.swapKey(slot);
      this.findValues();
    }
    const leaving = this.working[slot] as number;
    const sign = broken.isOver ? -1 : 1;
    for (let r = 0; r < m; r++) step[r] = sign * (inverse[slot * m + r] as number);
    const found = this.search(this.slopeOf(slot, broken.isOver), leaving);
    if (found.entering === undefined) {
      const missing = target - this.valueHere();
      const far =
        found.length + (Number.isFinite(missing) ? (2 * Math.max(missing, 0) + 1e6) / found.slope : 0);
      for (let r = 0; r < m; r++) {
        const price = (z[r] as number) + far * (step[r] as number);
        z[r] = this.equals[r] === 1 ? price : Math.max(0, price);
      }
      this.spread(z, this.perUnit, this.perDevice);
      return "ended";
    }
    this.fillColumn(found.entering, this.column);
    multiply(inverse, this.column, this.direction, m);
    const pivot = this.direction[slot] as number;
    if (leaving < 0 && (-1 - leaving) % 2 === 0) this.atUpper[(-1 - leaving) >> 1] = broken.isOver ? 1 : 0;
    this.working[slot] = found.entering;
    this.countWorking(leaving, -1);
    this.countWorking(found.entering, 1);
    if (Math.abs(pivot) < PIVOT || ++this.updates > UPDATES) {
      if (!this.refactor()) return "singular";
    } else replaceColumn(inverse, this.direction, slot, m);
    const leftKey = leaving >= 0 ? (this.itemOf[leaving] as number) : -1;
    this.findPrices();
    if (leftKey >= 0 && this.inWorking[leftKey] === 0 && this.blocked[this.key[leftKey] as number] === 1)
      this.key[leftKey] = this.cheapest(leftKey);
    if (this.updates === 0 || items.count < 64) this.findRest();
    else this.restAfter(leaving, found.entering);
    this.findValues();
    return "on";
  }

  private restAfter(leaving: number, entering: number): void {
    const { rest } = this;
    if (leaving < 0 && (-1 - leaving) % 2 === 0) {
      const r = (-1 - leaving) >> 1;
      rest[r] = (rest[r] as number) + ((this.atUpper[r] === 1 ? this.most[r] : this.least[r]) as number);
    }
    if (entering < 0 && (-1 - entering) % 2 === 0) {
      const r = (-1 - entering) >> 1;
      rest[r] = (rest[r] as number) - ((this.atUpper[r] === 1 ? this.most[r] : this.least[r]) as number);
    }
  }

  private countWorking(column: number, by: number): void {
    if (column < 0) return;
    const item = this.itemOf[column] as number;
    this.inWorking[item] = (this.inWorking[item] as number) + by;
    this.basic[column] = by > 0 ? 1 : 0;
  }

  /** How fast L rises along the step, at its start: by how much the leaving column is outside its range. */
  private slopeOf(slot: number, isOver: boolean): number {
    const column = this.working[slot] as number;
    const value = this.values[slot] as number;
    if (column >= 0) return isOver ? value : -value;
    if ((-1 - column) % 2 === 1) return -value;
    const r = (-1 - column) >> 1;
    return isOver ? value - (this.most[r] as number) : (this.least[r] as number) - value;
  }

  /** Goes along the step until L rises no more. Items on the way take other plans as keys. */
  private search(
    firstSlope: number,
    leaving: number,
  ): { entering: number | undefined; length: number; slope: number } {
    const { items, cost, blocked, perUnit, perDevice, stepUnit, stepDevice, weight, heap, step, z } = this;
    const { start, plan, change } = items;
    this.spread(step, stepUnit, stepDevice);
    const changePrice = this.changePrice(z);
    const changeStep = this.changePrice(step);
    let slope = firstSlope;
    const least = 1e-9 * firstSlope;
    this.slight = Math.max(PIVOT, 1e-3 * step.reduce((most, by) => Math.max(most, Math.abs(by)), 0));
    const { slight, basic } = this;
    heap.clear();
    let reach = this.rowBreaks(leaving);
    for (let i = 0; i < items.count; i++) {
      const first = start[i] as number;
      const end = start[i + 1] as number;
      if (end - first === 1) continue;
      const held = this.key[i] as number;
      const hp = plan[held] as number;
      const own =
        (cost[held] as number) +
        (perUnit[hp] as number) * (weight[held] as number) +
        (perDevice[hp] as number) +
        (change[held] as number) * changePrice;
      const ownStep =
        (stepUnit[hp] as number) * (weight[held] as number) +
        (stepDevice[hp] as number) +
        (change[held] as number) * changeStep;
      let nearest = reach;
      let option = -1;
      for (let k = first; k < end; k++) {
        const p = plan[k] as number;
        const w = weight[k] as number;
        const falls =
          ownStep -
          ((stepUnit[p] as number) * w + (stepDevice[p] as number) + (change[k] as number) * changeStep);
        if (falls <= slight || blocked[k] === 1 || basic[k] === 1) continue;
        const gap =
          (cost[k] as number) +
          (perUnit[p] as number) * w +
          (perDevice[p] as number) +
          (change[k] as number) * changePrice -
          own;
        if (gap >= nearest * falls) continue;
        nearest = Math.max(0, gap / falls);
        option = k;
      }
      if (option < 0) continue;
      heap.push(nearest, option);
      if (this.inWorking[i] !== 0) reach = Math.min(reach, nearest);
    }
    this.work += 2 * items.plan.length;
    for (;;) {
      if (heap.size === 0) return { entering: undefined, length: 0, slope };
      const length = heap.topLength();
      const entering = heap.pop();
      if (entering < 0) {
        const r = (-1 - entering) >> 1;
        const range = (this.most[r] as number) - (this.least[r] as number);
        const isOverrun = (-1 - entering) % 2 === 0;
        const loss = isOverrun ? range * Math.abs(step[r] as number) : Number.POSITIVE_INFINITY;
        if (slope - loss <= least) return { entering, length, slope };
        slope -= loss;
        const up = this.atUpper[r] === 1;
        this.atUpper[r] = up ? 0 : 1;
        this.rest[r] = (this.rest[r] as number) + (up ? -range : range);
        continue;
      }
      const item = this.itemOf[entering] as number;
      if (this.inWorking[item] !== 0) return { entering, length, slope };
      const held = this.key[item] as number;
      const loss = this.stepOf(held) - this.stepOf(entering);
      if (slope - loss <= least) return { entering, length, slope };
      slope -= loss;
      this.setKey(item, entering);
      this.pushNext(item, reach);
    }
  }

  private stepOf(k: number): number {
    const p = this.items.plan[k] as number;
    const own = (this.stepUnit[p] as number) * (this.weight[k] as number) + (this.stepDevice[p] as number);
    return own + (this.items.change[k] === 1 ? this.changePrice(this.step) : 0);
  }

  /** The next option to undercut an item's new key along the step. */
  private pushNext(item: number, reach: number): void {
    const held = this.key[item] as number;
    const own = this.reduced(held);
    const ownStep = this.stepOf(held);
    let least = reach;
    let option = -1;
    for (let k = this.items.start[item] as number; k < (this.items.start[item + 1] as number); k++) {
      if (this.blocked[k] === 1) continue;
      const falls = ownStep - this.stepOf(k);
      if (falls <= this.slight) continue;
      const length = (this.reduced(k) - own) / falls;
      if (length >= least) continue;
      least = length;
      option = k;
    }
    if (option >= 0) this.heap.push(Math.max(0, least), option);
  }

  /** Puts the logicals' breaks on the heap. @returns the least that cannot be passed. */
  private rowBreaks(leaving: number): number {
    const { m, step, z, heap } = this;
    let reach = Number.POSITIVE_INFINITY;
    for (let r = 0; r < m; r++) {
      const by = step[r] as number;
      const slack = -2 - 2 * r;
      const overrun = -1 - 2 * r;
      if (by < -1e-14 && this.equals[r] === 0 && slack !== leaving && !this.isWorking(slack)) {
        const length = (z[r] as number) / -by;
        heap.push(length, slack);
        reach = Math.min(reach, length);
      }
      const range = (this.most[r] as number) - (this.least[r] as number);
      if (range <= 0 || overrun === leaving || this.isWorking(overrun)) continue;
      const left = (this.overrunPrice[r] as number) - (z[r] as number);
      const falling = this.atUpper[r] === 1 ? by < -1e-14 : by > 1e-14;
      if (!falling) continue;
      const length = Math.max(0, left / by);
      heap.push(length, overrun);
      if (range === Number.POSITIVE_INFINITY) reach = Math.min(reach, length);
    }
    return reach;
  }

  private sharedOptions(): { option: number; part: number }[] {
    const shared: { option: number; part: number }[] = [];
    const { working, values, m } = this;
    for (let w = 0; w < m; w++) {
      const column = working[w] as number;
      if (column < 0) continue;
      const item = this.itemOf[column] as number;
      if (!this.isFirstOf(item, w)) continue;
      let key = 1;
      for (let v = w; v < m; v++) {
        const other = working[v] as number;
        if (other < 0 || this.itemOf[other] !== item) continue;
        const part = values[v] as number;
        key -= part;
        if (part > 1e-7) shared.push({ option: other, part });
      }
      if (key > 1e-7) shared.push({ option: this.key[item] as number, part: key });
    }
    return shared;
  }

  private devicesHeld(): Float64Array {
    const devices = Float64Array.from(this.items.settled.devices);
    if (!this.instance.countsDevices) return devices;
    const { plan } = this.items;
    const add = (option: number, part: number): void => {
      const p = plan[option] as number;
      devices[p] = (devices[p] as number) + part;
    };
    for (const k of this.key) add(k, 1);
    for (let w = 0; w < this.m; w++) {
      const column = this.working[w] as number;
      if (column < 0) continue;
      add(this.key[this.itemOf[column] as number] as number, -(this.values[w] as number));
      add(column, this.values[w] as number);
    }
    return devices;
  }

  private blocksHeld(): Float64Array {
    const blocks = new Float64Array(this.instance.pools.length);
    this.instance.rows.forEach((row, at) => {
      const terms = row.kind === "pool" ? this.instance.pools[row.pool] : undefined;
      const r = this.rowOf[at] as number;
      if (row.kind !== "pool" || terms === undefined) return;
      const slot = this.working.indexOf(-1 - 2 * r);
      const held = slot >= 0 ? this.values[slot] : this.atUpper[r] === 1 ? this.most[r] : this.least[r];
      blocks[row.pool] = (held as number) / (terms.blockBytes * (this.scale[r] as number));
    });
    return blocks;
  }

  /** The vertex as a choice: each item takes the option it holds most of. */
  wholeChoice(vertex: Vertex): Uint16Array {
    const { start } = this.items;
    const choice = Uint16Array.from(vertex.basis.key, (k, i) => k - (start[i] as number));
    const most = new Map<number, number>();
    for (const { option, part } of vertex.shared) {
      const item = this.itemOf[option] as number;
      if (part <= (most.get(item) ?? 0)) continue;
      most.set(item, part);
      choice[item] = option - (start[item] as number);
    }
    return choice;
  }
}

interface Broken {
  readonly slot: number;
  /** Whether it is the key of the slot's item, and not the working column itself. */
  readonly isKey: boolean;
  readonly isOver: boolean;
  readonly by: number;
}

/** Where along a step columns undercut others: the nearest first, among equals the lower column. */
class BreakHeap {
  private lengths = new Float64Array(256);
  private columns = new Int32Array(256);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  topLength(): number {
    return this.lengths[0] as number;
  }

  push(length: number, column: number): void {
    if (this.size === this.lengths.length) this.grow();
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(length, column, this.lengths[parent] as number, this.columns[parent] as number)) break;
      this.lengths[at] = this.lengths[parent] as number;
      this.columns[at] = this.columns[parent] as number;
      at = parent;
    }
    this.lengths[at] = length;
    this.columns[at] = column;
  }

  pop(): number {
    const top = this.columns[0] as number;
    const size = --this.size;
    const length = this.lengths[size] as number;
    const column = this.columns[size] as number;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const next = child + 1;
      if (
        next < size &&
        isBefore(
          this.lengths[next] as number,
          this.columns[next] as number,
          this.lengths[child] as number,
          this.columns[child] as number,
        )
      )
        child = next;
      if (!isBefore(this.lengths[child] as number, this.columns[child] as number, length, column)) break;
      this.lengths[at] = this.lengths[child] as number;
      this.columns[at] = this.columns[child] as number;
      at = child;
    }
    this.lengths[at] = length;
    this.columns[at] = column;
    return top;
  }

  private grow(): void {
    const lengths = new Float64Array(2 * this.size);
    const columns = new Int32Array(2 * this.size);
    lengths.set(this.lengths);
    columns.set(this.columns);
    this.lengths = lengths;
    this.columns = columns;
  }
}

function isBefore(length: number, column: number, otherLength: number, otherColumn: number): boolean {
  return length < otherLength || (length === otherLength && column < otherColumn);
}
