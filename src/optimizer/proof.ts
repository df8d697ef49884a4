import { boundOverItems, statePrices } from "./bound.ts";
import type { TreeNode } from "./branch.ts";
import { NodeContext } from "./branch.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import type { ProofNode } from "./solution.ts";

/** A proof tree, what it proves, and the pools' prices in its weakest leaf. */
export interface Proof {
  readonly proof: ProofNode;
  /** Micros, before any rounding to a lattice; safe against rounding errors. */
  readonly bound: number;
  /** Micros per MB. */
  readonly poolPrices: Float64Array;
}

/** States the search tree as a proof and recomputes the bound of every leaf safely. O(leaves · options). */
export function proofOf(instance: Instance, items: Items, root: TreeNode): Proof {
  const context = new NodeContext(instance, items);
  const done = new Map<TreeNode, ProofNode>();
  let bound = Number.POSITIVE_INFINITY;
  let poolPrices: Float64Array = new Float64Array(instance.pools.length);
  const stack: TreeNode[] = [root];
  while (stack.length > 0) {
    const node = stack[stack.length - 1] as TreeNode;
    const { children, decision } = node;
    if (children === undefined || decision === undefined) {
      const feasible = context.enter(node);
      const stated = statePrices(instance, node.prices, context.ranges);
      const leaf = feasible
        ? boundOverItems(instance, items, context, stated.values)
        : Number.POSITIVE_INFINITY;
      if (leaf < bound) {
        bound = leaf;
        poolPrices = poolPricesOf(instance, stated.values);
      }
      done.set(node, leafNode(instance, stated.texts));
      stack.pop();
      continue;
    }
    const [first, second] = children.map((child) => done.get(child));
    if (first === undefined || second === undefined) {
      stack.push(...children);
      continue;
    }
    for (const child of children) done.delete(child);
    done.set(
      node,
      decision.kind === "devices"
        ? { kind: "devices", plan: decision.plan, devices: decision.count, atMost: first, atLeast: second }
        : decision.kind === "pool"
          ? { kind: "pool", pool: decision.pool, blocks: decision.blocks, atMost: first, atLeast: second }
          : {
              kind: "sim",
              sim: items.sim?.[decision.item] ?? decision.item,
              plan: items.plan[decision.option] as number,
              on: first,
              off: second,
            },
    );
    stack.pop();
  }
  return { proof: done.get(root) as ProofNode, bound, poolPrices };
}

/** A proof of one leaf. */
export function leafNode(instance: Instance, texts: readonly string[]): ProofNode {
  const { plans, pools } = instance.problem.table;
  const poolPrices = pools.map(() => "0");
  const maxDevices = Array.from({ length: plans }, () => "0");
  const minDevices = Array.from({ length: plans }, () => "0");
  let maxChanges = "0";
  instance.rows.forEach((row, r) => {
    const text = texts[r] ?? "0";
    if (row.kind === "pool") poolPrices[row.pool] = text;
    else if (row.kind === "max") maxDevices[row.plan] = text;
    else if (row.kind === "min") minDevices[row.plan] = text;
    else maxChanges = text;
  });
  return { kind: "leaf", poolPrices, maxDevices, minDevices, maxChanges };
}

/** The prices of a proof of one leaf: micros per row of the instance. */
export function pricesOf(instance: Instance, leaf: ProofNode): Float64Array {
  return Float64Array.from(instance.rows, (row) => {
    if (leaf.kind !== "leaf") return 0;
    if (row.kind === "pool") return (Number(leaf.poolPrices[row.pool]) * 1e6) / 2 ** 20;
    if (row.kind === "max") return Number(leaf.maxDevices[row.plan]) * 1e6;
    if (row.kind === "min") return Number(leaf.minDevices[row.plan]) * 1e6;
    return Number(leaf.maxChanges) * 1e6;
  });
}

/** Micros per MB of each pool, from prices per row. */
export function poolPricesOf(instance: Instance, prices: Float64Array): Float64Array {
  const result = new Float64Array(instance.pools.length);
  instance.rows.forEach((row, r) => {
    if (row.kind === "pool") result[row.pool] = (prices[r] as number) * 2 ** 20;
  });
  return result;
}
