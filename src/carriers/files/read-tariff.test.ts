import { describe, expect, it } from "vitest";
import { fileOf, refusalOf } from "./fixtures/device-files.ts";
import { readEligibility } from "./read-eligibility.ts";
import { readTariff, type TariffOptions } from "./read-tariff.ts";

const HEADER = "plan,type,pool,monthly_cost,included_mb,overage,overage_rate,overage_block_mb\n";
const USD: TariffOptions = { currency: "USD", cycleDays: 30 };

const plansOf = (rows: string, header = HEADER) => fileOf(header + rows, "plans.csv");

async function faultOf(rows: string, header = HEADER): Promise<string> {
  const error = await refusalOf(readTariff({ plans: plansOf(rows, header) }, USD));
  return error.faults.map((fault) => `${fault.line} ${fault.column}: ${fault.message}`).join("\n");
}

describe("reading plans", () => {
  it("reads the fields exactly", async () => {
    const header =
      "plan,type,pool,monthly_cost,included_mb,overage,overage_rate,overage_block_mb,usage_increment_kb,proration,prorate_included,regulatory_fee,min_devices,max_devices,available,comment\n";
    const rows =
      "M2M 5MB,pooled,,7.00,5,charge,0.0029296875,0.0009765625,1,full,,0.02,,,,x\n" +
      "Day,individual,,1.5,0.4,none,,,,active_days,,,10,20,no,x\n" +
      "Day no,individual,,1.5,0.4,none,,,,active_days,no,,,,yes,x\n" +
      "All,individual,,30,Unlimited,,,,,days30,yes,,,,,x\n";
    const { tariff, files, setAside } = await readTariff({ plans: plansOf(rows, header) }, USD);
    expect(setAside).toEqual([]);
    expect(files.plans.name).toBe("plans.csv");
    expect(tariff.plans).toEqual([
      {
        code: "M2M 5MB",
        type: "pooled",
        pool: "M2M 5MB",
        monthlyCost: 7_000_000_000_000n,
        includedBytes: 5_242_880,
        overage: "charge",
        overageRate: 2_929_687_500n,
        overageBlockBytes: 1024,
        usageIncrementBytes: 1024,
        proration: "full",
        prorateIncluded: false,
        regulatoryFee: 20_000_000_000n,
        minDevices: 0,
        maxDevices: Infinity,
        available: true,
      },
      expect.objectContaining({
        type: "individual",
        pool: "",
        overage: "none",
        proration: "active_days",
        prorateIncluded: true,
        minDevices: 10,
        maxDevices: 20,
        available: false,
        includedBytes: 419_430,
      }),
      expect.objectContaining({ prorateIncluded: false, available: true }),
      expect.objectContaining({
        type: "unlimited",
        includedBytes: 0,
        overage: "none",
        overageRate: 0n,
        overageBlockBytes: 0,
        proration: "days30",
        prorateIncluded: true,
      }),
    ]);
  });

  it.each([
    ["A,individual,,1.0000000000001,1,,1,1\n", "2 monthly_cost: ", "more than 12 decimals"],
    ["A,individual,,-1,1,,1,1\n", "2 monthly_cost: ", "negative"],
    ["A,individual,,,1,,1,1\n", "2 monthly_cost: ", "is blank"],
    ['A,individual,,"1,234.5",1,,1,1\n', "2 monthly_cost: ", "Write 1234.5"],
    ["A,individual,,1000000000.01,1,,1,1\n", "2 monthly_cost: ", "past 1,000,000,000"],
    ["A,shared,,1,1,,1,1\n", "2 type: ", "Write one of individual, pooled, unlimited"],
    ["A,poold,,1,1,,1,1\n", "2 type: ", 'Did you mean "pooled"?'],
    ["A,pooled,,1,unlimited,,1,1\n", "2 included_mb: ", "not shared"],
    ["A,unlimited,,1,5,,,\n", "2 included_mb: ", "no allowance"],
    ["A,unlimited,,1,,,0.5,1\n", "2 overage_rate: ", "no overage"],
    ["A,individual,P,1,1,,1,1\n", "2 pool: ", "the type is individual"],
    ["A,individual,,1,1,none,1,1\n", "2 overage_rate: ", "overage is none"],
    [",individual,,1,1,,1,1\n", "2 plan: ", "is blank"],
    [
      "A,individual,,1,1,,1,1\nB,individual,,1,1,,1,1\nA,individual,,2,1,,1,1\n",
      "4 plan: ",
      "line 2 already",
    ],
    ["A,pooled,P,1,1,,1,1\nB,pooled,P,1,1,,2,1\n", "3 overage_rate: ", "is 2, but 1"],
    ["A,pooled,P,1,1,,1,1\nB,pooled,P,1,1,,1,10\n", "3 overage_block_mb: ", "is 10, but 1"],
    ["A,pooled,P,1,1,,1,1\nB,pooled,P,1,1,none,,\n", "3 overage: ", "is none, but charge"],
    ["A,pooled,,1,1,,1,1\nB,pooled,A,1,1,,1,1\n", "3 pool: ", "has to itself"],
  ])("refuses %j", async (rows, place, expected) => {
    const faults = await faultOf(rows);
    expect(faults).toContain(place);
    expect(faults).toContain(expected);
  });

  it("refuses limits that no number of SIMs meets", async () => {
    expect(
      await faultOf("A,unlimited,1,,5,4\n", "plan,type,monthly_cost,included_mb,min_devices,max_devices\n"),
    ).toContain("max_devices: 4 is less");
    expect(
      await faultOf("A,unlimited,1,,1.5,\n", "plan,type,monthly_cost,included_mb,min_devices,max_devices\n"),
    ).toContain("whole number");
  });

  it("refuses words that proration and available do not know", async () => {
    const faults = await faultOf(
      "A,unlimited,1,,daily,perhaps\n",
      "plan,type,monthly_cost,included_mb,proration,available\n",
    );
    expect(faults).toContain("2 available: ");
    expect(faults).toContain("2 proration: ");
  });

  it("lists all faults of a file", async () => {
    const error = await refusalOf(readTariff({ plans: plansOf("A,individual,,x,y,,1,1\n".repeat(15)) }, USD));
    expect(error.faults).toHaveLength(20);
    expect(error.faultCount).toBe(30);
    expect(error.message).toContain("30 faults");
  });

  it("lets plans share a pool and a pooled plan name itself", async () => {
    const { tariff } = await readTariff(
      { plans: plansOf("A,pooled,A,1,1,,1,1\nB,pooled,A,1,5,,1,1\n") },
      USD,
    );
    expect(tariff.plans.map((plan) => plan.pool)).toEqual(["A", "A"]);
  });

  it("refuses a currency that is none", async () => {
    const error = await refusalOf(
      readTariff({ plans: plansOf("A,unlimited,,1,,,,\n") }, { ...USD, currency: "dollar" }),
    );
    expect(error.code).toBe("option-invalid");
  });
});

describe("invalid plans", () => {
  const rows =
    "Good,pooled,P,1,1,,1,1\n" +
    "No rate,pooled,P,1,1,,,1\n" +
    "Zero,individual,,1,1,charge,0.00,1\n" +
    "Minus,individual,,1,1,,-2,1\n" +
    "No block,individual,,1,1,,1,0\n";

  it("are refused, each by name", async () => {
    const error = await refusalOf(readTariff({ plans: plansOf(rows) }, USD));
    expect(error.code).toBe("plan-invalid");
    expect(error.faults.map((fault) => [fault.line, fault.message])).toEqual([
      [3, expect.stringContaining("plan No rate charges overage, but overage_rate is missing")],
      [4, expect.stringContaining("overage_rate is zero")],
      [5, expect.stringContaining("overage_rate is negative")],
      [6, expect.stringContaining("overage_block_mb is zero")],
    ]);
    for (const name of ["No rate", "Zero", "Minus", "No block"]) expect(error.message).toContain(name);
  });

  it("are set aside under quarantine: they stay known, in no pool, and nobody may move in", async () => {
    const pools = fileOf("pool,included_mb,monthly_cost\nP,100,5\n", "pools.csv");
    const { tariff, setAside } = await readTariff(
      { plans: plansOf(rows), pools },
      { ...USD, quarantine: true },
    );
    expect(setAside.map(({ plan, code, line }) => [plan, code, line])).toEqual([
      [1, "No rate", 3],
      [2, "Zero", 4],
      [3, "Minus", 5],
      [4, "No block", 6],
    ]);
    expect(tariff.plans[1]).toMatchObject({ code: "No rate", available: false, pool: "" });
    expect(tariff.plans[0]).toMatchObject({ available: true, pool: "P" });
    expect(tariff.fixedPools).toHaveLength(1);
  });
});

describe("reading pools, taxes and eligibility", () => {
  const plans = () => plansOf("A,pooled,P,1,1,,1,1\nB,pooled,Cap,1,1,none,,\n");

  it("reads fixed pools and tax rates", async () => {
    const { tariff } = await readTariff(
      {
        plans: plans(),
        pools: fileOf("pool,included_mb,monthly_cost\nP,1024,99.5\n", "pools.csv"),
        taxes: fileOf("location,rate\nUS-TX,0.0825\naccount,0.1\n", "taxes.csv"),
      },
      USD,
    );
    expect(tariff.fixedPools).toEqual([
      { name: "P", includedBytes: 1024 * 1_048_576, monthlyCost: 99_500_000_000_000n },
    ]);
    expect([...tariff.taxRates]).toEqual([["US-TX", 82_500_000_000n]]);
    expect(tariff.accountTaxRate).toBe(100_000_000_000n);
  });

  it.each([
    ["pools", "pool,included_mb,monthly_cost\nQ,1,1\n", 'no pooled plan has the pool "Q"'],
    ["pools", "pool,included_mb,monthly_cost\nP,1,1\nP,2,1\n", "line 2 already"],
    ["pools", "pool,included_mb,monthly_cost\nP,unlimited,1\n", "not a number"],
    ["pools", "pool,included_mb,monthly_cost\nCap,1,1\n", "no allowance of its own"],
    ["taxes", "location,rate\nUS-TX,8.25\n", "Did you mean 0.0825?"],
    ["taxes", "location,rate\nUS-TX,-0.1\n", "negative"],
    ["taxes", "location,rate\nUS-TX,8.25%\n", "carries a unit"],
    ["taxes", "location,rate\nUS-TX,0.1\nUS-TX,0.2\n", "line 2 already"],
    ["taxes", "location\nUS-TX\n", "lacks rate"],
  ] as const)("refuses %s %j", async (name, content, expected) => {
    const error = await refusalOf(
      readTariff({ plans: plans(), [name]: fileOf(content, `${name}.csv`) }, USD),
    );
    expect(error.faults.map((fault) => fault.message).join()).toContain(expected);
  });

  it("reads eligibility, and refuses plans that are not known", async () => {
    const { tariff } = await readTariff({ plans: plans() }, USD);
    const { eligibility, file } = await readEligibility(
      fileOf("communication_plan,plan\nLTE,A\nLTE,B\nLTE,A\n3G,B\n", "eligibility.csv"),
      tariff,
    );
    expect([...eligibility].map(([name, codes]) => [name, [...codes]])).toEqual([
      ["LTE", ["A", "B"]],
      ["3G", ["B"]],
    ]);
    expect(file.name).toBe("eligibility.csv");
    const error = await refusalOf(
      readEligibility(fileOf("communication_plan,plan\nLTE,C\n,A\nLTE,\n", "eligibility.csv"), tariff),
    );
    expect(error.faultCount).toBe(3);
    expect(error.faults[0]).toMatchObject({ file: "eligibility.csv", line: 2, column: "plan" });
  });
});
