import { expect, test } from "vitest";
import type { AssignmentLine } from "./assignment-lines.ts";
import { ASSIGNMENT_COLUMNS } from "./assignment-lines.ts";
import type { CertificateJson, NodeJson } from "./fixtures/claims.ts";
import { PLAIN_SETTINGS, certificateFor, check, leaf, linesOf } from "./fixtures/claims.ts";
import { iccidOf, inputsOf } from "./fixtures/small-fleet.ts";

/** Optimal and proven so: pool, limits, cap on changes, penalties, branching on blocks and on a SIM, lattice. */
const INPUTS = inputsOf({
  plans: [
    { code: "P", type: "pooled", monthly: "1.00", includedMb: 1, rate: "1.00" },
    { code: "U", type: "unlimited", monthly: "3.00", maxDevices: 2, minDevices: 1 },
    { code: "I", monthly: "1.50", includedMb: 2, rate: "1.00" },
  ],
  sims: [
    { plan: "P", usageMb: 0.25 },
    { plan: "P", usageMb: 0.75 },
    { plan: "P", usageMb: 3 },
    { plan: "P", usageMb: 5, status: "retired" },
    { plan: "I", usageMb: 1.5, locked: true },
  ],
  quarantined: ["broken"],
});
const SETTINGS = { ...PLAIN_SETTINGS, switch_cost: "0.20", min_saving: "0.05", max_changes: 1 };
const QUARANTINED = {
  iccid: "broken",
  current_plan: "",
  recommended_plan: "",
  changed: "no",
  usage_mb: "",
  current_cost: "",
  recommended_cost: "",
  saving: "",
};
const LINES = [...linesOf(INPUTS, SETTINGS, ["P", "P", "U", "P", "I"]), QUARANTINED];
const PROOF: NodeJson = {
  pool: "P",
  blocks: 0,
  at_most: {
    sim: iccidOf(2),
    plan: "U",
    on: leaf({ max_changes: "0.1" }),
    off: leaf({
      pools: { P: "10" },
      max_devices: { U: "0.01" },
      min_devices: { U: "28" },
      max_changes: "18.25",
    }),
  },
  at_least: leaf({ pools: { P: "0.5" }, min_devices: { U: "3.375" }, max_changes: "1" }),
};
const CERTIFICATE: CertificateJson = certificateFor(INPUTS, {
  settings: SETTINGS,
  bill: "6.50",
  bound: "6.75",
  gap: 0,
  lattice: "0.05",
  proof: PROOF,
});

function holds(certificate: unknown, lines: readonly AssignmentLine[] = LINES): boolean {
  const { holds, reasons } = check(INPUTS, lines, certificate);
  expect(reasons.length === 0).toBe(holds);
  return holds;
}

test("holds untouched", () => {
  expect(check(INPUTS, LINES, CERTIFICATE).reasons).toEqual([]);
});

test("a field that is missing, null, of another type or not known is refused, wherever it stands", () => {
  const seen: string[] = [];
  function visit(node: Record<string, unknown>, path: string): void {
    for (const key of Object.keys(node)) {
      const value = node[key];
      const place = `${path}.${key}`;
      seen.push(place);
      const isByName = /\.(pools|max_devices|min_devices)$/.test(path);
      delete node[key];
      const refusedWithout = isByName || !holds(CERTIFICATE);
      expect(refusedWithout, `${place} missing`).toBe(true);
      const others = [{}, [], true, -1, 0.5, "x", null].filter((other) => other !== value);
      for (const other of others) {
        node[key] = other;
        const isWeaker = other === null && key === "lattice";
        const isEmpty = JSON.stringify(other) === "{}" && /(pools|max_devices|min_devices)$/.test(place);
        const isTrue = other === true && key === "quarantine";
        const refused = isWeaker || isEmpty || isTrue || !holds(CERTIFICATE);
        expect(refused, `${place} = ${JSON.stringify(other)}`).toBe(true);
      }
      node[key] = value;
      if (typeof value === "object" && value !== null && !Array.isArray(value))
        visit(value as Record<string, unknown>, place);
    }
    node["surplus"] = "0";
    expect(holds(CERTIFICATE), `${path}.surplus`).toBe(false);
    delete node["surplus"];
  }
  visit(CERTIFICATE as unknown as Record<string, unknown>, "");
  expect(seen.length).toBeGreaterThan(40);
  expect(holds(CERTIFICATE)).toBe(true);
});

test("a certificate that claims another bill, a higher bound or another gap is refused", () => {
  const refused: Partial<CertificateJson>[] = [
    { bill: "6.499999" },
    { bill: "6.500001" },
    { bill: "6.45", gap: 0 },
    { bound: "6.750000000000000001" },
    { bound: "6.80" },
    { bound: "6.8", gap: -0.05 / 6.8 },
    { gap: 1e-300 },
    { gap: -1e-300 },
    { bound: "6.70", gap: 0 },
    { bound: "6.70", gap: (0.05 / 6.7) * (1 + 1e-11) },
    { bound: "6.70", gap: null },
    { bound: "0", gap: 0 },
  ];
  for (const change of refused)
    expect(holds({ ...CERTIFICATE, ...change }), JSON.stringify(change)).toBe(false);
});

test("a weaker true claim holds on purpose", () => {
  const accepted: Partial<CertificateJson>[] = [
    { bound: "6.70", gap: 0.05 / 6.7 },
    { bound: "1", gap: 5.75 },
    { bound: "0", gap: null },
    { lattice: null },
    { lattice: "0.01" },
    { lattice: "0.000001" },
  ];
  for (const change of accepted)
    expect(check(INPUTS, LINES, { ...CERTIFICATE, ...change }).reasons, JSON.stringify(change)).toEqual([]);
});

test("a lattice that not every amount is a multiple of is refused", () => {
  for (const lattice of ["0.10", "0.03", "0.50", "100"])
    expect(holds({ ...CERTIFICATE, lattice }), lattice).toBe(false);
});

test("other settings than the run's are refused where they change the bill, the penalties or a limit", () => {
  const refused = [
    { currency: "EUR" },
    { period: { start: "2026-01-01", end: "2026-02-01" } },
    { switch_cost: "0.15" },
    { min_saving: "0" },
    { max_changes: 0 },
    { max_changes: 2 },
    { max_changes: null },
    { billable_statuses: ["", "RETIRED"] },
    { billable_statuses: ["ACTIVE"] },
    { billable_statuses: ["active"] },
  ];
  for (const change of refused) {
    expect(holds({ ...CERTIFICATE, settings: { ...SETTINGS, ...change } }), JSON.stringify(change)).toBe(
      false,
    );
  }
});

test("other inputs than the run's are refused", () => {
  const { devices, plans } = CERTIFICATE.inputs;
  for (const inputs of [
    { devices },
    { devices: plans, plans: devices },
    { devices, plans, pools: plans },
    { devices: devices?.toUpperCase(), plans },
  ]) {
    expect(holds({ ...CERTIFICATE, inputs }), JSON.stringify(inputs)).toBe(false);
  }
});

test("a proof with other prices, blocks, names or branches is refused where it proves less", () => {
  const swapped = {
    ...PROOF,
    at_most: (PROOF as { at_least: NodeJson }).at_least,
    at_least: (PROOF as { at_most: NodeJson }).at_most,
  };
  const changes: [RegExp, string][] = [
    [/"P":"0.5"/, '"P":"0.6"'],
    [/"P":"0.5"/, '"P":"1.01"'],
    [/"U":"3.375"/, '"U":"0"'],
    [/"max_changes":"1"/, '"max_changes":"9"'],
    [/"P":"10"/, '"P":"0.1"'],
    [/"blocks":0/, '"blocks":3'],
    [/"pool":"P"/, '"pool":"U"'],
    [/"pool":"P"/, '"pool":"__proto__"'],
    [/"sim":"\d+"/, `"sim":"${iccidOf(3)}"`],
    [/"sim":"\d+"/, '"sim":"broken"'],
    [/"plan":"U"/, '"plan":"X"'],
    [/\{"P":"10"\}/, '{"X":"50"}'],
    [/\{"U":"0.01"\}/, '{"I":"0.01"}'],
    [/\{"U":"28"\}/, '{"constructor":"60"}'],
  ];
  expect(holds({ ...CERTIFICATE, proof: swapped })).toBe(false);
  const text = JSON.stringify(CERTIFICATE);
  for (const [from, to] of changes) {
    const tampered = text.replace(from, to);
    expect(tampered, String(from)).not.toBe(text);
    expect(holds(tampered), `${from} -> ${to}`).toBe(false);
  }
});

test("a line that is changed in any cell, missing, doubled or foreign is refused", () => {
  const values: Readonly<Record<keyof AssignmentLine, readonly string[]>> = {
    iccid: [iccidOf(0), iccidOf(1), iccidOf(99), "", "broken", "8.9E+18"],
    current_plan: ["P", "U", "X", ""],
    recommended_plan: ["P", "U", "I", "X", ""],
    changed: ["yes", "no", "YES", ""],
    usage_mb: ["0.25", "0.250001", "1e9", "-0.25", ""],
    current_cost: ["1.00", "1.000001", "-1", "1e0", " 1.00", ""],
    recommended_cost: ["1.00", "3.000001", "0x3", "9007199254.740993", ""],
    saving: ["0.00", "2.000001", "NaN", "--1", ""],
  };
  LINES.forEach((line, index) => {
    for (const column of ASSIGNMENT_COLUMNS) {
      if (line.iccid === "broken" && (column === "usage_mb" || column === "current_plan")) continue;
      for (const value of values[column]) {
        if (Number(value) === Number(line[column]) && value !== "" && line[column] !== "") continue;
        if (value === line[column]) continue;
        const tampered = LINES.with(index, { ...line, [column]: value });
        expect(holds(CERTIFICATE, tampered), `line ${index + 1}: ${column} = ${value}`).toBe(false);
      }
    }
    expect(holds(CERTIFICATE, LINES.toSpliced(index, 1)), `line ${index + 1} missing`).toBe(false);
    expect(holds(CERTIFICATE, LINES.toSpliced(index, 0, line)), `line ${index + 1} doubled`).toBe(false);
  });
});
