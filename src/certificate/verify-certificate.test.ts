import { expect, test } from "vitest";
import type { NodeJson } from "./fixtures/claims.ts";
import { PLAIN_SETTINGS, certificateFor, check, leaf, linesOf } from "./fixtures/claims.ts";
import { iccidOf, inputsOf } from "./fixtures/small-fleet.ts";

const POOLED = { code: "P", type: "pooled", monthly: "1.00", includedMb: 1, rate: "0.50" } as const;
const EXAMPLE = { plans: [POOLED], sims: [0.4, 0.4, 3.0].map((usageMb) => ({ plan: "P", usageMb })) };

/** Two pools of one tariff, three SIMs that are better off together: worked through in docs/certificate.md. */
const LADDER = {
  plans: [
    { code: "P1", type: "pooled", monthly: "1.00", includedMb: 1, rate: "1.00" },
    { code: "P5", type: "pooled", monthly: "2.00", includedMb: 5, rate: "1.00" },
  ],
  sims: [
    { plan: "P1", usageMb: 0.5 },
    { plan: "P1", usageMb: 0.5 },
    { plan: "P1", usageMb: 4 },
  ],
} as const;

test("holds for the worked example: one leaf at price 0.50 proves 3.40, which nothing undercuts", () => {
  const inputs = inputsOf(EXAMPLE);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  const proof = leaf({ pools: { P: "0.5" } });
  // 3 · 1.00 + 0.50 · (3.8 − 3) = 3.40, in bytes: usage is 419430 + 419430 + 3145728, allowance 3145728
  const exact = certificateFor(inputs, { bill: "3.50", bound: "3.39", gap: 0.11 / 3.39, proof });
  const result = check(inputs, lines, exact);
  expect(result.reasons).toEqual([]);
  expect(result.figures).toMatchObject({
    baseline: "3.50",
    bill: "3.50",
    penalties: "0.00",
    changes: 0,
    bound: "3.399999618530273437",
    leaves: 1,
  });
});

test("a lattice lifts the bound to the next multiple, and no further", () => {
  const inputs = inputsOf(EXAMPLE);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  const proof = leaf({ pools: { P: "0.5" } });
  const fields = { bill: "3.50", bound: "3.50", gap: 0, proof };
  expect(check(inputs, lines, certificateFor(inputs, { ...fields, lattice: "0.50" })).reasons).toEqual([]);
  const tooFine = check(inputs, lines, certificateFor(inputs, { ...fields, lattice: "0.10" }));
  expect(tooFine.reasons).toEqual(["bound is 3.50; the proof comes to 3.40."]);
  const wrong = check(inputs, lines, certificateFor(inputs, { ...fields, lattice: "0.30" }));
  expect(wrong.reasons[0]).toBe('lattice is 0.30, but a block with its tax of pool "P" is 0.50.');
});

test("branching on blocks proves what no price can", () => {
  const inputs = inputsOf(EXAMPLE);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  // o = 0: usage is above the allowance, so any price high enough lifts this leaf; o ≥ 1: at least one block
  const proof: NodeJson = { pool: "P", blocks: 0, at_most: leaf({ pools: { P: "100" } }), at_least: leaf() };
  const result = check(inputs, lines, certificateFor(inputs, { bill: "3.50", bound: "3.50", gap: 0, proof }));
  expect(result.reasons).toEqual([]);
  expect(result.figures).toMatchObject({ bound: "3.50", leaves: 2, emptyLeaves: 0 });
});

test("a price above block price by size is refused where the blocks have no upper end", () => {
  const inputs = inputsOf(EXAMPLE);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  const proof: NodeJson = {
    pool: "P",
    blocks: 0,
    at_most: leaf(),
    at_least: leaf({ pools: { P: "0.500000000000000001" } }),
  };
  const result = check(inputs, lines, certificateFor(inputs, { bill: "3.50", bound: "0", gap: null, proof }));
  expect(result.reasons).toEqual([
    'proof node 3 prices pool "P" above its block price by size, which proves nothing where its blocks have no upper end.',
  ]);
});

test("branching on a SIM's plan restricts it in each branch; a branch that leaves it nothing drops out", () => {
  const inputs = inputsOf(LADDER);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P1", "P1", "P5"]);
  // best: 1 + 1 + 2 = 4.00. Without a price every SIM takes P1: 3.00. The third SIM on P1 overruns by 2 MB at least.
  const onP1 = leaf({ pools: { P1: "1" } });
  const proof: NodeJson = {
    sim: iccidOf(2),
    plan: "P1",
    on: onP1,
    off: { sim: iccidOf(2), plan: "P5", on: leaf(), off: leaf({ pools: { P1: "0.01" } }) },
  };
  const result = check(inputs, lines, certificateFor(inputs, { bill: "4.00", bound: "4.00", gap: 0, proof }));
  expect(result.reasons).toEqual([]);
  expect(result.figures).toMatchObject({ bound: "4.00", leaves: 3, emptyLeaves: 1 });
});

test("counts a fixed pool's charge and allowance once, with members and without", () => {
  const fixedPools = [{ name: "P", includedMb: 2, monthly: "0.70" }];
  const inputs = inputsOf({ ...EXAMPLE, fixedPools });
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  // 3.8 MB − 2 MB: two blocks; 3 + 1.00 + 0.70 = 4.70. At 0.50 per MB: 3 + 0.50 · 1.8 + 0.70 = 4.60 less a byte or two
  const fields = {
    bill: "4.70",
    bound: "4.60",
    gap: 0.1 / 4.6,
    lattice: "0.10",
    proof: leaf({ pools: { P: "0.5" } }),
  };
  expect(check(inputs, lines, certificateFor(inputs, fields)).reasons).toEqual([]);
  const idle = inputsOf({
    plans: [POOLED, { code: "F", monthly: "0.20", type: "unlimited" }],
    sims: [{ plan: "F", usageMb: 1 }],
    fixedPools,
  });
  const idleFields = { bill: "0.90", bound: "0.90", gap: 0 };
  expect(check(idle, linesOf(idle, PLAIN_SETTINGS, ["F"]), certificateFor(idle, idleFields)).reasons).toEqual(
    [],
  );
});

test("prices limits on plans and on changes, and counts penalties in the gap", () => {
  const plans = [
    { code: "A", monthly: "5.00", type: "unlimited" },
    { code: "B", monthly: "1.00", type: "unlimited", maxDevices: 1 },
    { code: "C", monthly: "2.00", type: "unlimited", minDevices: 1 },
  ] as const;
  const sims = [1, 2, 3].map((usageMb) => ({ plan: "A", usageMb }));
  const inputs = inputsOf({ plans, sims });
  const settings = { ...PLAIN_SETTINGS, switch_cost: "0.50", min_saving: "0.10", max_changes: 2 };
  const lines = linesOf(inputs, settings, ["A", "B", "C"]);
  // bill 5 + 1 + 2 = 8.00, penalties 1.20. Prices: B 1.00, change 2.40: A 5, B 1 + 1 + 0.6 + 2.4 = 5, C 2 + 0.6 + 2.4 = 5
  const proof = leaf({ max_devices: { B: "1" }, max_changes: "2.4" });
  const fields = { settings, bill: "8.00", bound: "9.20", gap: 0, proof };
  expect(check(inputs, lines, certificateFor(inputs, fields)).reasons).toEqual([]);
  const minPriced = leaf({ max_devices: { B: "2" }, min_devices: { C: "1" }, max_changes: "3.4" });
  const shifted = check(
    inputs,
    lines,
    certificateFor(inputs, { ...fields, bound: "0", gap: null, proof: minPriced }),
  );
  // A 5, B 1 + 2 + 4 = 7, C 2 − 1 + 4 = 5; 15 − 2 · 1 + 1 · 1 − 3.4 · 2 = 7.20
  expect(shifted.figures.bound).toBe("7.20");
  const twoOnB = check(inputs, linesOf(inputs, settings, ["B", "B", "A"]), certificateFor(inputs, fields));
  expect(twoOnB.reasons.slice(0, 2)).toEqual([
    'Plan "B" has 2 SIMs; its max_devices is 1.',
    'Plan "C" has 0 SIMs; its min_devices is 1.',
  ]);
  const threeMoves = check(
    inputs,
    linesOf(inputs, settings, ["C", "B", "C"]),
    certificateFor(inputs, fields),
  );
  expect(threeMoves.reasons[0]).toBe("3 SIMs change their plan; settings.max_changes is 2.");
});

test("a leaf in which counting alone breaks a limit is empty", () => {
  const plans = [
    { code: "A", monthly: "5.00", type: "unlimited" },
    { code: "B", monthly: "1.00", type: "unlimited", maxDevices: 1 },
  ] as const;
  const inputs = inputsOf({ plans, sims: [1, 2].map((usageMb) => ({ plan: "A", usageMb })) });
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["A", "B"]);
  const both: NodeJson = { sim: iccidOf(1), plan: "B", on: leaf(), off: leaf({ max_devices: { B: "9" } }) };
  const proof: NodeJson = { sim: iccidOf(0), plan: "B", on: both, off: leaf({ max_devices: { B: "0" } }) };
  const result = check(inputs, lines, certificateFor(inputs, { bill: "6.00", bound: "6.00", gap: 0, proof }));
  expect(result.reasons).toEqual([]);
  expect(result.figures.emptyLeaves).toBe(1);
});

test("a pool's tax and sub-micro price cost the bound what rounding may take, unless the blocks are a single number", () => {
  const plans = [{ ...POOLED, rate: "0.0000003" }];
  const inputs = inputsOf({ ...EXAMPLE, plans, accountTax: "0.1" });
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  const bound = (proof: NodeJson) =>
    check(inputs, lines, certificateFor(inputs, { bill: "3.00", bound: "0", gap: null, proof })).figures
      .bound;
  // half a micro and its tax, 0.55, and half a micro of tax: 1.05 micros
  expect(bound(leaf())).toBe("2.99999895");
  expect(
    bound({
      pool: "P",
      blocks: 0,
      at_most: leaf(),
      at_least: { pool: "P", blocks: 1, at_most: leaf(), at_least: leaf({ pools: { P: "0" } }) },
    }),
  ).toBe("2.99999961");
});

test("accepts a weaker true claim, and nothing beyond what is proven", () => {
  const inputs = inputsOf(EXAMPLE);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  const claim = (bound: string, gap: number | null) =>
    check(inputs, lines, certificateFor(inputs, { bill: "3.50", bound, gap, proof: leaf() })).reasons;
  expect(claim("3.00", 0.5 / 3)).toEqual([]);
  expect(claim("2.50", 0.4)).toEqual([]);
  expect(claim("0.00", null)).toEqual([]);
  expect(claim("3.000000000000000001", 0.5 / 3)).toEqual([
    "bound is 3.000000000000000001; the proof comes to 3.00.",
  ]);
});

test("leaves out SIMs that are not billable, of unknown usage or on a plan set aside, and keeps their lines empty", () => {
  const sketch = {
    plans: [
      POOLED,
      { code: "BAD", monthly: "1", available: false, overage: "none" },
      { code: "U", monthly: "0.10", type: "unlimited" },
    ] as const,
    sims: [
      { plan: "P", usageMb: 1 },
      { plan: "P", usageMb: 9, status: "retired" },
      { plan: "P", usageMb: undefined },
      { plan: "BAD", usageMb: 1 },
    ],
    setAside: ["BAD"],
    quarantined: ["not an iccid"],
  };
  const inputs = inputsOf(sketch);
  const settings = { ...PLAIN_SETTINGS, quarantine: true };
  const lines = linesOf(inputs, settings, ["U", "P", "P", "BAD"]);
  const rejected = {
    iccid: "not an iccid",
    current_plan: "?",
    recommended_plan: "?",
    changed: "no",
    usage_mb: "x",
    current_cost: "",
    recommended_cost: "",
    saving: "",
  };
  const fields = { settings, bill: "0.10", bound: "0.10", gap: 0 };
  const all = [...lines.slice(0, 2), rejected, ...lines.slice(2)];
  const result = check(inputs, all, certificateFor(inputs, fields));
  expect(result.reasons).toEqual([]);
  expect(result.figures).toMatchObject({ devices: 4, billedDevices: 1 });
  expect(check(inputs, lines, certificateFor(inputs, fields)).reasons).toEqual([
    'The assignment has no line for the quarantined row "not an iccid".',
  ]);
  const moved = linesOf(inputs, settings, ["U", "U", "P", "BAD"]);
  expect(check(inputs, [...moved, rejected], certificateFor(inputs, fields)).reasons[0]).toBe(
    `SIM ${iccidOf(1)} is not in the bill, so it must keep its plan.`,
  );
  expect(check(inputs, all, certificateFor(inputs, { ...fields, settings: PLAIN_SETTINGS })).reasons).toEqual(
    ["1 invalid plans were set aside, but settings.quarantine is false."],
  );
});

test("refuses plans that a SIM may not take: locked, not listed, retired, past a cap", () => {
  const inputs = inputsOf({
    plans: [
      { code: "A", monthly: "5", type: "unlimited" },
      { code: "B", monthly: "1", includedMb: 1, overage: "none" },
      { code: "R", monthly: "1", type: "unlimited", available: false },
    ],
    sims: [
      { plan: "A", usageMb: 0.5, communicationPlan: "C", locked: true },
      { plan: "A", usageMb: 0.5, communicationPlan: "D" },
      { plan: "A", usageMb: 0.5 },
      { plan: "A", usageMb: 2, communicationPlan: "C" },
      { plan: "A", usageMb: 0.5, communicationPlan: "C" },
      { plan: "A", usageMb: 0.5, communicationPlan: "C" },
    ],
    eligibility: { C: ["B", "R"], "": ["B"] },
  });
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["B", "B", "B", "B", "R", "B"]);
  const { reasons } = check(inputs, lines, certificateFor(inputs, { bill: "6.00", bound: "0", gap: null }));
  expect(reasons).toEqual([
    `SIM ${iccidOf(0)} may not take plan "B".`,
    `SIM ${iccidOf(1)} may not take plan "B".`,
    `SIM ${iccidOf(2)} may not take plan "B".`,
    `SIM ${iccidOf(3)} may not take plan "B".`,
    `SIM ${iccidOf(4)} may not take plan "R".`,
  ]);
});

test("understands lines in any order, and cells kept from being run as formulas", () => {
  const inputs = inputsOf({
    plans: [
      { code: "=P", monthly: "1", type: "unlimited" },
      { code: "'=P", monthly: "2", type: "unlimited" },
    ],
    sims: [
      { plan: "'=P", usageMb: 1 },
      { plan: "=P", usageMb: 2 },
      { plan: "=P", usageMb: 3 },
    ],
  });
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["=P", "=P", "=P"]).map((line) => ({
    ...line,
    current_plan: `'${line.current_plan}`,
    recommended_plan: `'${line.recommended_plan}`,
  }));
  const certificate = certificateFor(inputs, { bill: "3", bound: "3", gap: 0 });
  expect(check(inputs, lines.toReversed(), certificate).reasons).toEqual([]);
});

test("keeps the first 20 reasons and counts the rest", () => {
  const inputs = inputsOf({
    plans: [POOLED],
    sims: Array.from({ length: 50 }, () => ({ plan: "P", usageMb: 1 })),
  });
  const result = check(inputs, [], certificateFor(inputs, { bill: "50" }));
  expect(result.reasons).toHaveLength(20);
  expect(result.reasonCount).toBeGreaterThanOrEqual(50);
});

test("a tree of 5,000 levels on one pool and of 100,000 leaves is walked", () => {
  const inputs = inputsOf(EXAMPLE);
  const lines = linesOf(inputs, PLAIN_SETTINGS, ["P", "P", "P"]);
  const priced = JSON.stringify(leaf({ pools: { P: "0.5" } }));
  const deep = (levels: number) => {
    const opens = Array.from(
      { length: levels },
      (_, level) => `{"pool":"P","blocks":${level},"at_most":${priced},"at_least":`,
    );
    return `${opens.join("")}${priced}${"}".repeat(levels)}`;
  };
  for (const levels of [5_000, 99_999]) {
    const certificate = JSON.stringify(
      certificateFor(inputs, { bill: "3.50", bound: "3.39", gap: 0.11 / 3.39 }),
    );
    const text = certificate.replace(/"proof":.*$/, `"proof":${deep(levels)}}`);
    const result = check(inputs, lines, text);
    expect(result.reasons).toEqual([]);
    expect(result.figures.leaves).toBe(levels + 1);
  }
});
