import { expect, test } from "vitest";
import { readProof } from "./read-proof.ts";
import { Reasons } from "./reasons.ts";

const leaf = { prices: { pools: {}, max_devices: {}, min_devices: {}, max_changes: "0" } };

test("reads a split by the number of SIMs on a plan", () => {
  const steps = readProof({ plan: "P50", devices: 1, at_most: leaf, at_least: leaf }, new Reasons());
  expect(steps?.[0]).toEqual({ kind: "devices", plan: "P50", devices: 1, second: 2, end: 3 });
});

test.each([
  [{ plan: "P50", devices: -1, at_most: leaf, at_least: leaf }, "devices"],
  [{ plan: "P50", devices: 1.5, at_most: leaf, at_least: leaf }, "devices"],
  [{ plan: 7, devices: 1, at_most: leaf, at_least: leaf }, "plan is"],
  [{ plan: "P50", devices: 1, at_most: leaf }, "at_least"],
  [{ plan: "P50", devices: 1, at_most: leaf, at_least: leaf, blocks: 1 }, "blocks"],
])("refuses %j", (node, reason) => {
  const reasons = new Reasons();
  expect(readProof(node, reasons)).toBeUndefined();
  expect(reasons.list.join(" ")).toContain(reason);
});
