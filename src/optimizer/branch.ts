import type { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import { roundingOf } from "./instance.ts";
import type { Items } from "./items.ts";
import type { Ranges } from "./lagrangian.ts";
import { rootRanges, spreadPrices } from "./lagrangian.ts";
import type { DualSimplex, Vertex } from "./dual-simplex.ts";

/** What a branch decides: the blocks of a pool, or whether an item takes an option. */
type Decision =
  | { readonly kind: "pool"; readonly pool: number; readonly blocks: number }
  | { readonly kind: "devices"; readonly plan: number; readonly count: number }
  | { readonly kind: "item"; readonly item: number; readonly option: number };

/** A node of the tree: open, a leaf with its prices, or split in two. */
export interface TreeNode {
  readonly parent: TreeNode | undefined;
  /** Which side of the parent's decision: "at most" and "on" are the first. */
  readonly side: 0 | 1;
  /** Prices under which `bound` holds for this node. */
  prices: Float64Array;
  /** Micros: nothing in this node costs less. Infinity where it is infeasible. */
  bound: number;
  decision?: Decision;
  children?: readonly [TreeNode, TreeNode];
}

export interface BranchOptions {
  /** Options that may be looked at in all, the deterministic measure of work. */
  readonly work: number;
  /** Decisions tried out at a node before one is taken. */
  readonly probes: number;
  readonly stop: () => boolean;
  /** Micros: a node above this cannot hold a better assignment; follows the incumbent. */
  readonly cutoff: () => number;
  readonly progress: (bound: number) => void;
}

/**
 * Best-first branch and bound on top of the relaxation: tries out the decisions with most at stake (a SIM's plan, or
 * the overage blocks of a pool) and splits on the one that lifts both sides most, until every leaf is above the
 * cutoff or the work is used up. Deterministic.
 * @returns the root of the tree.
 */
export function branchAndBound(
  instance: Instance,
  items: Items,
  relaxation: DualSimplex,
  rootVertex: Vertex,
  incumbent: Incumbent,
  options: BranchOptions,
): TreeNode {
  const root: TreeNode = {
    parent: undefined,
    side: 0,
    prices: rootVertex.prices,
    bound: rootVertex.value + roundingOf(instance, rootRanges(instance)),
  };
  const vertices = new Map<TreeNode, Vertex>([[root, rootVertex]]);
  const open = new NodeHeap();
  const context = new NodeContext(instance, items);
  const begun = relaxation.work;
  let extra = 0;
  let visited = 0;
  const solve = (node: TreeNode, from: Vertex): Vertex | undefined => {
    if (!context.enter(node)) {
      node.bound = Number.POSITIVE_INFINITY;
      return undefined;
    }
    const target = options.cutoff() - roundingOf(instance, context.ranges);
    const vertex = relaxation.solve(from, context, target, 60 + 4 * instance.rows.length);
    const value = vertex.value + roundingOf(instance, context.ranges);
    if (value > node.bound) {
      node.bound = value;
      node.prices = vertex.prices;
    }
    return vertex;
  };
  const split = (node: TreeNode, vertex: Vertex): void => {
    let best = Number.NEGATIVE_INFINITY;
    let chosen:
      | { decision: Decision; children: [TreeNode, TreeNode]; vertices: (Vertex | undefined)[] }
      | undefined;
    const decisions = decisionsOf(instance, items, node, context.ranges, vertex, options.cutoff());
    for (const decision of candidatesOf(decisions, options.probes)) {
      node.decision = decision;
      const children: [TreeNode, TreeNode] = [child(node, 0), child(node, 1)];
      const found = children.map((side) => solve(side, vertex));
      const [first, second] = children.map((side) => Math.min(side.bound, options.cutoff() + 1) - node.bound);
      const score = scoreOf(first as number, second as number);
      if (score <= best) continue;
      best = score;
      chosen = { decision, children, vertices: found };
      if (children.every((side) => side.bound > options.cutoff())) break;
    }
    delete node.decision;
    if (chosen === undefined) return;
    node.decision = chosen.decision;
    node.children = chosen.children;
    chosen.children.forEach((side, index) => {
      const found = chosen.vertices[index];
      if (found === undefined || side.bound > options.cutoff()) return;
      vertices.set(side, found);
      open.push(side);
    });
  };
  split(root, rootVertex);
  while (
    open.size > 0 &&
    visited < MOST_NODES &&
    relaxation.work + context.work - begun + extra < options.work &&
    !options.stop()
  ) {
    const node = open.pop();
    const vertex = node && vertices.get(node);
    if (node === undefined || vertex === undefined) break;
    vertices.delete(node);
    if (node.bound > options.cutoff()) break;
    options.progress(node.bound);
    context.enter(node);
    const thorough = visited < 16 || (visited & 63) === 0;
    visited++;
    extra += incumbent.offerChoice(relaxation.wholeChoice(vertex), node.prices, thorough);
    if (node.bound > options.cutoff()) continue;
    split(node, vertex);
  }
  return root;
}

/** What a split is worth by how far it lifts its sides: the weaker side decides, the stronger one among likes. */
function scoreOf(first: number, second: number): number {
  return Math.min(first, second) + STRONGER_SIDE * Math.max(first, second);
}

function child(parent: TreeNode, side: 0 | 1): TreeNode {
  return { parent, side, prices: parent.prices, bound: parent.bound };
}

/** The block ranges and forbidden options that the path to a node leaves. */
export class NodeContext {
  readonly ranges: Ranges;
  readonly forbidden: Uint8Array;
  private readonly items: Items;
  private readonly root: Ranges;
  /** Decisions walked since the start: what a deep tree costs beside its relaxations. */
  work = 0;

  constructor(instance: Instance, items: Items) {
    this.items = items;
    this.forbidden = new Uint8Array(items.plan.length);
    this.root = rootRanges(instance);
    this.ranges = rootRanges(instance);
  }

  /** @returns false where the path leaves a pool no blocks. */
  enter(node: TreeNode): boolean {
    this.forbidden.fill(0);
    for (const name of ["lo", "hi", "least", "most"] as const) this.ranges[name].set(this.root[name]);
    let feasible = true;
    for (let at = node; at.parent !== undefined; at = at.parent) {
      const decision = at.parent.decision;
      this.work++;
      if (decision === undefined) continue;
      if (decision.kind === "item") this.decideItem(decision, at.side);
      else if (decision.kind === "devices") {
        const { plan, count } = decision;
        if (at.side === 0) this.ranges.most[plan] = Math.min(this.ranges.most[plan] as number, count);
        else this.ranges.least[plan] = Math.max(this.ranges.least[plan] as number, count + 1);
      } else if (at.side === 0)
        this.ranges.hi[decision.pool] = Math.min(this.ranges.hi[decision.pool] as number, decision.blocks);
      else
        this.ranges.lo[decision.pool] = Math.max(
          this.ranges.lo[decision.pool] as number,
          decision.blocks + 1,
        );
    }
    this.ranges.least.forEach((least, plan) => {
      if (least > (this.ranges.most[plan] as number)) feasible = false;
    });
    this.ranges.lo.forEach((lo, q) => {
      if (lo > (this.ranges.hi[q] as number)) feasible = false;
    });
    return feasible;
  }

  private decideItem({ item, option }: { item: number; option: number }, side: 0 | 1): void {
    if (side === 1) {
      this.forbidden[option] = 1;
      return;
    }
    for (let k = this.items.start[item] as number; k < (this.items.start[item + 1] as number); k++) {
      if (k !== option) this.forbidden[k] = 1;
    }
  }
}

/** Nodes of a tree at most, so that it ends whatever a node costs; the gap is then what it is. */
const MOST_NODES = 20_000;
/** Weight of the side that a split lifts more. */
const STRONGER_SIDE = 0.4;

/** Bytes by which a vertex may miss a whole number of blocks: a single byte more starts another block. */
const PART_OF_BYTE = 0.3;

/** The decisions a vertex leaves open, those with most money at stake first. */
function decisionsOf(
  instance: Instance,
  items: Items,
  node: TreeNode,
  ranges: Ranges,
  vertex: Vertex,
  cutoff: number,
): Decision[] {
  const charges = openCharges(instance, ranges, vertex);
  const unknown = charges.reduce((sum, { stake }) => sum + stake, 0);
  if (unknown > 0 && node.bound + unknown > cutoff) return charges.map(({ decision }) => decision);
  const { perByte, perDevice } = spreadPrices(instance, node.prices);
  const found: { decision: Decision; stake: number }[] = [];
  instance.pools.forEach((terms, pool) => {
    const blocks = vertex.blocks[pool] as number;
    const part = blocks - Math.floor(blocks);
    if (!terms.charges || Math.min(part, 1 - part) * terms.blockBytes < PART_OF_BYTE) return;
    if (blocks < (ranges.lo[pool] as number) || blocks > (ranges.hi[pool] as number)) return;
    found.push({
      decision: { kind: "pool", pool, blocks: Math.floor(blocks) },
      stake: Math.min(part, 1 - part) * terms.blockPrice,
    });
  });
  if (instance.countsDevices) {
    vertex.devices.forEach((devices, plan) => {
      const part = devices - Math.floor(devices);
      if (part < 1e-6 || part > 1 - 1e-6) return;
      if (devices < (ranges.least[plan] as number) || devices > (ranges.most[plan] as number)) return;
      const stake = Math.min(part, 1 - part) * plannedCost(items, plan);
      found.push({ decision: { kind: "devices", plan, count: Math.floor(devices) }, stake });
    });
  }
  let at = 0;
  while (at < vertex.shared.length) {
    const item = itemAt(items, vertex.shared[at]?.option as number);
    let mean = 0;
    let square = 0;
    let option = -1;
    let most = 0;
    for (; at < vertex.shared.length; at++) {
      const { option: k, part } = vertex.shared[at] as Vertex["shared"][number];
      if (k >= (items.start[item + 1] as number) || k < (items.start[item] as number)) break;
      const plan = items.plan[k] as number;
      const stake = (perByte[plan] as number) * (items.weight[k] as number) + (perDevice[plan] as number);
      mean += part * stake;
      square += part * stake * stake;
      if (part > most) {
        most = part;
        option = k;
      }
    }
    // An item that is whole leaves nothing to decide: splitting on it would go on for ever.
    if (most > 1 - 1e-6) continue;
    found.push({
      decision: { kind: "item", item, option },
      stake: Math.sqrt(Math.max(0, square - mean * mean)),
    });
  }
  if (found.length === 0) found.push(...charges);
  return found.sort((a, b) => b.stake - a.stake).map(({ decision }) => decision);
}

/** The decisions worth trying: those with most at stake, and of each kind the one with most. */
function candidatesOf(all: readonly Decision[], most: number): readonly Decision[] {
  const first = all.slice(0, most);
  for (const kind of ["pool", "devices"] as const) {
    const best = all.find((decision) => decision.kind === kind);
    if (best !== undefined && !first.includes(best)) first.push(best);
  }
  return first;
}

/** Where only rounding keeps the bound from the cost: pins down the blocks of a pool, so that its charge is exact. */
function openCharges(
  instance: Instance,
  ranges: Ranges,
  vertex: Vertex,
): { decision: Decision; stake: number }[] {
  return instance.pools.flatMap((terms, pool) => {
    const blocks = Math.round(vertex.blocks[pool] as number);
    const lo = ranges.lo[pool] as number;
    const hi = ranges.hi[pool] as number;
    if (terms.roundingLoss === 0 || lo === hi) return [];
    const at = blocks < hi ? blocks : blocks - 1;
    return [
      { decision: { kind: "pool" as const, pool, blocks: Math.max(lo, at) }, stake: terms.roundingLoss },
    ];
  });
}

/** What one SIM on a plan costs, for the first that may take it. Micros. */
function plannedCost(items: Items, plan: number): number {
  const at = items.plan.indexOf(plan);
  return at < 0 ? 0 : (items.cost[at] as number);
}

/** The item an option belongs to, by binary search. */
function itemAt(items: Items, option: number): number {
  let low = 0;
  let high = items.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((items.start[middle] as number) <= option) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Open nodes, the least bound first; among equals the one added last, which is the deepest. */
class NodeHeap {
  private readonly nodes: { node: TreeNode; order: number }[] = [];
  private added = 0;

  get size(): number {
    return this.nodes.length;
  }

  peek(): TreeNode | undefined {
    return this.nodes[0]?.node;
  }

  private before(a: number, b: number): boolean {
    const first = this.nodes[a];
    const second = this.nodes[b];
    if (first === undefined || second === undefined) return false;
    return (
      first.node.bound < second.node.bound ||
      (first.node.bound === second.node.bound && first.order > second.order)
    );
  }

  private swap(a: number, b: number): void {
    const held = this.nodes[a];
    const other = this.nodes[b];
    if (held === undefined || other === undefined) return;
    this.nodes[a] = other;
    this.nodes[b] = held;
  }

  push(node: TreeNode): void {
    let at = this.nodes.push({ node, order: this.added++ }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  pop(): TreeNode | undefined {
    const top = this.nodes[0];
    const last = this.nodes.pop();
    if (top === undefined || last === undefined) return undefined;
    if (this.nodes.length === 0) return top.node;
    this.nodes[0] = last;
    let at = 0;
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.nodes.length && this.before(child, least)) least = child;
      if (least === at) return top.node;
      this.swap(at, least);
      at = least;
    }
  }
}
