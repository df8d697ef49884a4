import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { formatMicros, parseMegabytes, parseScaled } from "../billing/decimal.ts";
import type { DeviceTable } from "../carriers/files/device-table.ts";
import type { Optimization } from "../pipeline/optimize/optimization.ts";
import { restoreText } from "./csv-cell.ts";
import type { RunSpec, SimSpec } from "./fixtures/build-run.ts";
import { buildRun } from "./fixtures/build-run.ts";
import { memorySink } from "./fixtures/memory-sink.ts";
import { SMALL_SPEC, smallRun } from "./fixtures/small-run.ts";
import { folderSink } from "./folder-sink.ts";
import type { InputRows, ReportedRun } from "./reported-run.ts";
import { writeReports } from "./write-reports.ts";

interface Summary {
  readonly devices: number;
  readonly optimized_devices: number;
  readonly excluded: Record<string, number>;
  readonly quarantined: number;
  readonly baseline_cost: string;
  readonly optimized_cost: string;
  readonly lower_bound: string | null;
  readonly gap: number | null;
  readonly savings: string;
  readonly changes: number;
  readonly plans: {
    plan: string;
    before: number;
    after: number;
    base_cost: string;
    overage_cost: string;
    fee_cost: string;
    tax_cost: string;
  }[];
  readonly pools: {
    pool: string;
    overage_cost: string;
    tax_cost: string;
    fixed_charge: string;
    price_per_mb: string | null;
    devices: number;
  }[];
  readonly strategies: { name: string; cost: string; gap: number | null; changes: number; seconds: number }[];
  readonly notes: string[];
}

async function reportsOf(
  run: ReportedRun,
  rows: InputRows,
): Promise<{ lines: Record<string, string>[]; summary: Summary; files: Map<string, Buffer> }> {
  const { sink, files } = memorySink();
  await writeReports(run, rows, sink, { inputs: { devices: "00" } });
  const lines = parse(files.get("assignments.csv") ?? Buffer.alloc(0), { columns: true }) as Record<
    string,
    string
  >[];
  return { lines, summary: JSON.parse(String(files.get("summary.json"))) as Summary, files };
}

const micros = (text: string | undefined): bigint =>
  text === undefined || text === "" ? 0n : (parseScaled(text, 6) as bigint);
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

function expectSumsToAgree(
  lines: readonly Record<string, string>[],
  summary: Summary,
  run: ReportedRun,
): void {
  const charged = (pools: ReportedRun["after"]["pools"]): bigint =>
    sum(pools.map((pool) => (pool.members === 0 ? BigInt(pool.fixedCharge) : 0n)));
  expect(sum(lines.map((line) => micros(line.current_cost))) + charged(run.before.pools)).toBe(
    micros(summary.baseline_cost),
  );
  expect(sum(lines.map((line) => micros(line.recommended_cost))) + charged(run.after.pools)).toBe(
    micros(summary.optimized_cost),
  );
  expect(micros(summary.savings)).toBe(micros(summary.baseline_cost) - micros(summary.optimized_cost));
  for (const line of lines)
    expect(micros(line.saving)).toBe(micros(line.current_cost) - micros(line.recommended_cost));
  const byPlan = summary.plans.flatMap((plan) =>
    [plan.base_cost, plan.overage_cost, plan.fee_cost, plan.tax_cost].map(micros),
  );
  const byPool = summary.pools.flatMap((pool) =>
    [pool.overage_cost, pool.tax_cost, pool.fixed_charge].map(micros),
  );
  expect(sum([...byPlan, ...byPool])).toBe(micros(summary.optimized_cost));
  expect(lines.filter((line) => line.changed === "yes")).toHaveLength(summary.changes);
  expect(lines).toHaveLength(summary.devices);
  const apart = Object.values(summary.excluded).reduce((total, devices) => total + devices, 0);
  expect(summary.optimized_devices + apart + summary.quarantined).toBe(summary.devices);
}

describe("assignments.csv", () => {
  it("has one line per input row in input order, quarantined and excluded ones with their plan and no costs", async () => {
    const { run, rows } = smallRun();
    const { lines } = await reportsOf(run, rows);
    expect(lines.map((line) => line.iccid)).toEqual([
      run.fleet.iccid(0),
      run.fleet.iccid(1),
      "8.9E+18",
      ...[2, 3, 4, 5, 6, 7].map(run.fleet.iccid),
    ]);
    expect(lines[2]).toEqual({
      iccid: "8.9E+18",
      current_plan: "'=1+1",
      recommended_plan: "'=1+1",
      changed: "no",
      usage_mb: "abc",
      current_cost: "",
      recommended_cost: "",
      saving: "",
      reason: "quarantined: line 4, column iccid: an ICCID is 18 to 22 digits, not 8.9E+18",
      cost_centre: "'=2",
      input_saving: "y",
    });
    expect(lines[6]).toMatchObject({
      current_plan: "Tracker 5",
      recommended_plan: "Tracker 5",
      changed: "no",
      usage_mb: "",
      current_cost: "",
      saving: "",
    });
    expect(lines[0]).toMatchObject({
      changed: "yes",
      usage_mb: "3.1",
      current_cost: "5.20",
      recommended_cost: "3.00",
      saving: "2.20",
    });
  });

  it("carries texts through exactly and runs none of them", async () => {
    const { run, rows } = smallRun();
    const { lines } = await reportsOf(run, rows);
    const sims = lines.filter((_, k) => k !== 2);
    sims.forEach((line, k) => {
      const carried = SMALL_SPEC.sims[k]?.carried ?? [];
      expect([restoreText(line.cost_centre ?? ""), restoreText(line.input_saving ?? "")]).toEqual(carried);
      expect(restoreText(line.current_plan ?? "")).toBe(SMALL_SPEC.sims[k]?.plan);
      for (const cell of Object.values(line))
        expect(/^[=+\-@\t\r]/.test(cell) && Number.isNaN(Number(cell))).toBe(false);
    });
  });

  it("gives every line a reason", async () => {
    const { run, rows } = smallRun();
    const { lines } = await reportsOf(run, rows);
    for (const line of lines) expect(line.reason).not.toBe("");
  });
});

describe("summary.json", () => {
  it("holds the fields of the interface, money as decimal strings", async () => {
    const { run, rows } = smallRun();
    const { summary } = await reportsOf(run, rows);
    expect(summary).toMatchObject({
      devices: 9,
      optimized_devices: 6,
      excluded: { "status not billable": 1, "usage unknown": 1 },
      quarantined: 1,
      currency: "USD",
      period: { start: "2026-10-01", end: "2026-10-31", days: 30 },
      baseline_cost: "38.70",
      optimized_cost: "20.80",
      lower_bound: "20.78",
      savings: "17.90",
      savings_percent: 46.2532,
      changes: 3,
      winner: "certified",
      inputs: { devices: "00" },
    });
    expect(summary.gap).toBeCloseTo(20_000 / 20_780_000, 12);
    expect(summary.strategies).toHaveLength(2);
    expect(summary.plans[0]).toMatchObject({
      plan: "Tracker 20",
      before: 2,
      after: 1,
      base_cost: "5.20",
      overage_cost: "0.00",
    });
    expect(summary.pools[0]).toMatchObject({
      pool: "P5",
      allowance_mb: "100",
      usage_mb: "90",
      overage_cost: "0.00",
      price_per_mb: "0.00",
    });
  });

  it("has no bound, gap or prices where nothing was certified", async () => {
    const { bound: _bound, ...spec } = SMALL_SPEC;
    const { run, rows } = buildRun({ ...spec, winner: "no_grouping_largest_first" });
    const { summary } = await reportsOf(run, rows);
    expect(summary).toMatchObject({ lower_bound: null, gap: null });
    expect(summary.strategies.every((strategy) => strategy.gap === null)).toBe(true);
    expect(summary.pools.every((pool) => pool.price_per_mb === null)).toBe(true);
  });

  it("says that a limit forces a dearer result, and which", async () => {
    const { run, rows } = buildRun({
      plans: [
        { code: "Cheap", cost: "1", includedMb: "5", limits: { max: 1 } },
        { code: "Dear", cost: "2", includedMb: "5" },
      ],
      sims: [
        { plan: "Cheap", usageMb: "1", to: "Dear" },
        { plan: "Cheap", usageMb: "1" },
      ],
      currentFeasible: false,
      bound: 3_000_000,
    });
    const { summary } = await reportsOf(run, rows);
    expect(summary.savings).toBe("-1.00");
    expect(summary.notes[0]).toBe(
      "The recommendation costs USD 1.00 more than today's assignment, because today's assignment does not keep the limits: Cheap has 2 SIMs today and takes at most 1.",
    );
  });
});

describe("sums", () => {
  it("agree between assignments.csv and summary.json to the micro, with taxes, pools and odd prices", async () => {
    const plans: RunSpec["plans"] = [
      { code: "I", cost: "1.234567", includedMb: "2", overage: "0.0029296875", blockMb: "0.001" },
      {
        code: "P",
        type: "pooled",
        pool: "A",
        cost: "0.999999",
        includedMb: "1.5",
        overage: "0.333333333333",
      },
      { code: "Q", type: "pooled", pool: "A", cost: "2.5", includedMb: "4", overage: "0.333333333333" },
      { code: "F", type: "pooled", pool: "fixed", cost: "0.1", includedMb: "0", overage: "0.7" },
      { code: "U", type: "unlimited", cost: "12.345678" },
    ];
    const sim: fc.Arbitrary<SimSpec> = fc.record({
      plan: fc.constantFrom(...plans.map(({ code }) => code)),
      to: fc.constantFrom(...plans.map(({ code }) => code)),
      usageMb: fc.oneof(
        fc.constant(""),
        fc.integer({ min: 0, max: 20_000_000 }).map((n) => String(n / 1e6)),
      ),
      location: fc.constantFrom("TX", "OR"),
      status: fc.constantFrom("", "active", "Retired"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(sim, { minLength: 1, maxLength: 30 }), async (sims) => {
        const kept = sims.map((one) =>
          one.usageMb === "" || one.status === "Retired" ? { ...one, to: one.plan } : one,
        );
        const { run, rows } = buildRun({
          plans,
          sims: kept,
          fixedPools: [{ name: "fixed", includedMb: "10", cost: "7.777777" }],
          taxes: { TX: "0.0825" },
          accountTax: "0.07",
          bound: 1,
        });
        const { lines, summary } = await reportsOf(run, rows);
        expectSumsToAgree(lines, summary, run);
        const readBack = lines.map((line) =>
          line.usage_mb === "" ? Number.NaN : Number(parseMegabytes(line.usage_mb ?? "")),
        );
        expect(readBack).toEqual([...run.fleet.usageBytes]);
      }),
      { seed: 20261103, numRuns: 40 },
    );
  }, 60_000);

  it("agree in the small run", async () => {
    const { run, rows } = smallRun();
    const { lines, summary } = await reportsOf(run, rows);
    expectSumsToAgree(lines, summary, run);
    expect(summary.optimized_cost).toBe(formatMicros(run.after.total));
  });
});

describe("writing", () => {
  it("takes what the pipeline and the readers of files make", () => {
    expectTypeOf<Optimization>().toExtend<ReportedRun>();
    expectTypeOf<DeviceTable>().toExtend<InputRows>();
  });

  it("gives the same bytes for the same run", async () => {
    const { run, rows } = smallRun();
    const first = await reportsOf(run, rows);
    const second = await reportsOf(run, rows);
    for (const [name, content] of first.files) expect(second.files.get(name)?.equals(content)).toBe(true);
  });

  it("leaves the old files as they were where it is stopped", async () => {
    const folder = await mkdtemp(join(tmpdir(), "reports-"));
    await writeFile(join(folder, "summary.json"), "old");
    const sims = Array.from({ length: 5_000 }, () => ({ plan: "A", usageMb: "1" }));
    const { run, rows } = buildRun({ plans: [{ code: "A", cost: "1" }], sims, bound: 1 });
    const stopped = writeReports(
      run,
      rows,
      await folderSink(folder),
      { inputs: {} },
      { signal: AbortSignal.abort(new Error("stop")) },
    );
    await expect(stopped).rejects.toThrow("stop");
    await expect.poll(async () => await readdir(folder)).toEqual(["summary.json"]);
    expect(await readFile(join(folder, "summary.json"), "utf8")).toBe("old");
    await rm(folder, { recursive: true });
  });

  it("tells how far it is", async () => {
    const sims = Array.from({ length: 9_000 }, () => ({ plan: "A", usageMb: "1" }));
    const { run, rows } = buildRun({ plans: [{ code: "A", cost: "1" }], sims, bound: 1 });
    const seen: number[] = [];
    await writeReports(
      run,
      rows,
      memorySink().sink,
      { inputs: {} },
      { onProgress: ({ done, total }) => seen.push(done / total) },
    );
    expect(seen.at(-1)).toBe(1);
    expect(seen.length).toBeGreaterThan(2);
  });
});
