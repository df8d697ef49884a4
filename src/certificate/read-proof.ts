import type { LeafStep, PriceList, ProofStep } from "./certificate.ts";
import { ATTO_PLACES } from "./exact.ts";
import { describe, isObject, readAmount, readCount, readFields } from "./read-fields.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Pending {
  readonly node: unknown;
  /** Step whose second branch this node begins; -1 where it is no second branch. */
  readonly secondOf: number;
}

/** The tree as a list of steps; undefined, with the first reason, where a node has not one of the four forms. O(nodes). */
export function readProof(root: unknown, reasons: Reasons): readonly ProofStep[] | undefined {
  const steps: Mutable<ProofStep>[] = [];
  const pending: Pending[] = [{ node: root, secondOf: -1 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const index = steps.length;
    const parent = steps[next.secondOf];
    if (parent !== undefined && parent.kind !== "leaf") parent.second = index;
    const read = readNode(next.node, `proof node ${index + 1}`, reasons);
    if (read === undefined) return undefined;
    steps.push(read.step);
    if (read.branches === undefined) continue;
    pending.push({ node: read.branches[1], secondOf: index }, { node: read.branches[0], secondOf: -1 });
  }
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index];
    if (step === undefined || step.kind === "leaf") continue;
    const second = steps[step.second];
    step.end = second === undefined || second.kind === "leaf" ? step.second + 1 : second.end;
  }
  return steps;
}

interface ReadNode {
  readonly step: ProofStep;
  readonly branches: readonly [unknown, unknown] | undefined;
}

function readNode(node: unknown, where: string, reasons: Reasons): ReadNode | undefined {
  if (isObject(node) && Object.hasOwn(node, "pool")) return readPoolNode(node, where, reasons);
  if (isObject(node) && Object.hasOwn(node, "devices")) return readDevicesNode(node, where, reasons);
  if (isObject(node) && Object.hasOwn(node, "sim")) return readSimNode(node, where, reasons);
  const fields = readFields(node, ["prices"], where, reasons);
  const step = fields && readLeaf(fields.prices, where, reasons);
  return step && { step, branches: undefined };
}

function readPoolNode(node: unknown, where: string, reasons: Reasons): ReadNode | undefined {
  const fields = readFields(node, ["pool", "blocks", "at_most", "at_least"], where, reasons);
  if (fields === undefined) return undefined;
  const blocks = readCount(fields.blocks, `${where}: blocks`, reasons);
  if (typeof fields.pool !== "string")
    reasons.add(() => `${where}: pool is ${describe(fields.pool)}; it must be a string.`);
  if (blocks === undefined || typeof fields.pool !== "string") return undefined;
  return {
    step: { kind: "pool", pool: fields.pool, blocks, second: 0, end: 0 },
    branches: [fields.at_most, fields.at_least],
  };
}

function readDevicesNode(node: unknown, where: string, reasons: Reasons): ReadNode | undefined {
  const fields = readFields(node, ["plan", "devices", "at_most", "at_least"], where, reasons);
  if (fields === undefined) return undefined;
  const devices = readCount(fields.devices, `${where}: devices`, reasons);
  if (typeof fields.plan !== "string")
    reasons.add(() => `${where}: plan is ${describe(fields.plan)}; it must be a string.`);
  if (devices === undefined || typeof fields.plan !== "string") return undefined;
  return {
    step: { kind: "devices", plan: fields.plan, devices, second: 0, end: 0 },
    branches: [fields.at_most, fields.at_least],
  };
}

function readSimNode(node: unknown, where: string, reasons: Reasons): ReadNode | undefined {
  const fields = readFields(node, ["sim", "plan", "on", "off"], where, reasons);
  if (fields === undefined) return undefined;
  if (typeof fields.sim !== "string" || typeof fields.plan !== "string") {
    reasons.add(
      () =>
        `${where}: sim and plan are ${describe(fields.sim)} and ${describe(fields.plan)}; both must be strings.`,
    );
    return undefined;
  }
  return {
    step: { kind: "sim", sim: fields.sim, plan: fields.plan, second: 0, end: 0 },
    branches: [fields.on, fields.off],
  };
}

function readLeaf(prices: unknown, where: string, reasons: Reasons): LeafStep | undefined {
  const place = `${where}: prices`;
  const fields = readFields(prices, ["pools", "max_devices", "min_devices", "max_changes"], place, reasons);
  if (fields === undefined) return undefined;
  const pools = readPrices(fields.pools, `${place}.pools`, reasons);
  const maxDevices = readPrices(fields.max_devices, `${place}.max_devices`, reasons);
  const minDevices = readPrices(fields.min_devices, `${place}.min_devices`, reasons);
  const maxChanges = readAmount(fields.max_changes, ATTO_PLACES, `${place}.max_changes`, reasons);
  if (!pools || !maxDevices || !minDevices || maxChanges === undefined) return undefined;
  return { kind: "leaf", pools, maxDevices, minDevices, maxChanges };
}

function readPrices(value: unknown, where: string, reasons: Reasons): PriceList | undefined {
  if (!isObject(value)) {
    reasons.add(() => `${where} is ${describe(value)}; it must be an object of decimal strings by name.`);
    return undefined;
  }
  const prices: [string, bigint][] = [];
  for (const [name, text] of Object.entries(value)) {
    const price = readAmount(text, ATTO_PLACES, `${where}[${quoted(name)}]`, reasons);
    if (price === undefined) return undefined;
    prices.push([name, price]);
  }
  return prices;
}
