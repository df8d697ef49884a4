import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyBilling } from "./fixtures/arbitrary-tariff.ts";
import type { SimFields } from "./fixtures/build-fleet.ts";
import { TERMS, buildFleet } from "./fixtures/build-fleet.ts";
import { buildPlan, buildTariff, price } from "./fixtures/build-tariff.ts";
import type { Terms } from "./fleet.ts";
import { PARTICIPATION_NAMES, Participation } from "./participation.ts";
import { mayTake, penaltyOf, prepareFleet, rateFleet } from "./problem.ts";
import type { PreparedFleet } from "./problem.ts";
import type { Eligibility, RatePlan } from "./rate-plan.ts";
import { bytes } from "./units.ts";

const PLANS = [buildPlan("A"), buildPlan("B"), buildPlan("C")];

interface Case {
  readonly plans?: readonly RatePlan[];
  readonly eligibility?: Eligibility;
  readonly terms?: Partial<Terms>;
  readonly setAside?: readonly number[];
}

function prepare(
  sims: readonly SimFields[],
  { plans = PLANS, eligibility, terms, setAside }: Case = {},
): PreparedFleet {
  return prepareFleet(
    buildFleet(sims),
    buildTariff(plans),
    eligibility,
    { ...TERMS, ...terms },
    new Set(setAside),
  );
}

/** Plan indices that a SIM of the problem may take. */
function options({ problem }: PreparedFleet, sim: number): number[] {
  return Array.from({ length: problem.table.plans }, (_, plan) => plan).filter((plan) =>
    mayTake(problem, sim, plan),
  );
}

function reason(prepared: PreparedFleet, row = 0): string {
  return PARTICIPATION_NAMES[prepared.participation[row] as number] as string;
}

const SIM: SimFields = { plan: 0, usageBytes: 10 };
const ELIGIBILITY: Eligibility = new Map([
  ["wide", new Set(["A", "B", "C"])],
  ["narrow", new Set(["A", "B"])],
  ["same as narrow", new Set(["B", "A"])],
  ["own", new Set(["A"])],
  ["none", new Set<string>()],
]);

describe("what a SIM may take", () => {
  it("is every available plan without an eligibility list", () => {
    const prepared = prepare([SIM]);
    expect(options(prepared, 0)).toEqual([0, 1, 2]);
    expect(reason(prepared)).toBe("movable");
  });

  it("is what its communication plan lists, and its own plan", () => {
    const prepared = prepare([{ ...SIM, plan: 2, communicationPlan: "narrow" }], {
      eligibility: ELIGIBILITY,
    });
    expect(options(prepared, 0)).toEqual([0, 1, 2]);
    const other = prepare([{ ...SIM, communicationPlan: "narrow" }], { eligibility: ELIGIBILITY });
    expect(options(other, 0)).toEqual([0, 1]);
  });

  it("is one set for communication plans that list the same plans", () => {
    const sims = ["narrow", "same as narrow", "wide"].map((communicationPlan) => ({
      ...SIM,
      communicationPlan,
    }));
    const { choices } = prepare(sims, { eligibility: ELIGIBILITY }).problem;
    expect(choices[0]).toBe(choices[1]);
    expect(choices[2]).not.toBe(choices[0]);
  });

  it("leaves out retired plans for all but the SIMs that are on them", () => {
    const plans = [buildPlan("A"), buildPlan("B", { available: false }), buildPlan("C")];
    const prepared = prepare([SIM, { ...SIM, plan: 1 }], { plans });
    expect(options(prepared, 0)).toEqual([0, 2]);
    expect(options(prepared, 1)).toEqual([0, 1, 2]);
  });

  it("leaves out plans set aside, and their limits with them", () => {
    const plans = [
      buildPlan("A"),
      buildPlan("B", { minDevices: 5, maxDevices: 9 }),
      buildPlan("C", { minDevices: 1, maxDevices: 7 }),
    ];
    const prepared = prepare([SIM], { plans, setAside: [1] });
    expect(options(prepared, 0)).toEqual([0, 2]);
    expect([...prepared.problem.minDevices]).toEqual([0, 0, 1]);
    expect([...prepared.problem.maxDevices]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 7]);
  });

  it("leaves out a capped plan whose allowance its usage passes, after increment and proration", () => {
    const capped = { overage: "none", overageRate: price("0"), overageBlockBytes: bytes(0) } as const;
    const plans = [
      buildPlan("A"),
      buildPlan("HOLDS", { ...capped, includedBytes: bytes(10) }),
      buildPlan("INCREMENT", { ...capped, includedBytes: bytes(15), usageIncrementBytes: bytes(8) }),
      buildPlan("SHRUNK", { ...capped, includedBytes: bytes(20), proration: "active_days" }),
      buildPlan("POOLED", { ...capped, type: "pooled", includedBytes: bytes(9) }),
    ];
    expect(options(prepare([{ ...SIM, activeDays: 14 }], { plans }), 0)).toEqual([0, 1]);
    expect(options(prepare([{ ...SIM, activeDays: 15 }], { plans }), 0)).toEqual([0, 1, 3]);
  });

  it("always holds its own plan, capped and passed as it may be", () => {
    const own = buildPlan("OWN", {
      overage: "none",
      includedBytes: bytes(9),
      overageRate: price("0"),
      overageBlockBytes: bytes(0),
    });
    expect(options(prepare([SIM], { plans: [own, buildPlan("B")] }), 0)).toEqual([0, 1]);
  });
});

describe("SIMs that stay", () => {
  it.each([
    ["locked", { locked: true, communicationPlan: "wide" }],
    ["communication plan not listed", { communicationPlan: "unheard of" }],
    ["communication plan not listed", { communicationPlan: "" }],
    ["no other plan it may take", { communicationPlan: "own" }],
    ["no other plan it may take", { communicationPlan: "none" }],
  ] as const)("are rated, kept on their plan and reported: %s %j", (expected, fields) => {
    const prepared = prepare([{ ...SIM, ...fields }], { eligibility: ELIGIBILITY });
    expect(reason(prepared)).toBe(expected);
    expect(prepared.problem.size).toBe(1);
    expect(options(prepared, 0)).toEqual([0]);
  });

  it("include one on a retired plan with nowhere to go, and one whom only a cap keeps", () => {
    const retired = [buildPlan("OLD", { available: false })];
    expect(reason(prepare([SIM], { plans: retired }))).toBe("no other plan it may take");
    const small = buildPlan("SMALL", {
      overage: "none",
      includedBytes: bytes(9),
      overageRate: price("0"),
      overageBlockBytes: bytes(0),
    });
    expect(reason(prepare([SIM], { plans: [buildPlan("A"), small] }))).toBe("no other plan it may take");
    expect(reason(prepare([{ ...SIM, usageBytes: 9 }], { plans: [buildPlan("A"), small] }))).toBe("movable");
  });
});

describe("SIMs left out", () => {
  it.each(["ACTIVATED", "Activated", " active ", "ACTIVE", ""])(
    "are not those with the billable status %j",
    (status) => {
      expect(reason(prepare([{ ...SIM, status }]))).toBe("movable");
    },
  );

  it.each(["DEACTIVATED", "INVENTORY", "active?", "TEST_READY"])("are those with the status %j", (status) => {
    const prepared = prepare([{ ...SIM, status }, SIM]);
    expect(reason(prepared)).toBe("status not billable");
    expect([...prepared.rows]).toEqual([1]);
  });

  it("follow the statuses that a setting names", () => {
    const terms = { billableStatuses: new Set(["INVENTORY"]) };
    expect(reason(prepare([{ ...SIM, status: "inventory" }], { terms }))).toBe("movable");
    expect(reason(prepare([{ ...SIM, status: "ACTIVE" }], { terms }))).toBe("status not billable");
  });

  it("are those of unknown usage; no usage is usage", () => {
    const prepared = prepare([
      { ...SIM, usageBytes: Number.NaN },
      { ...SIM, usageBytes: 0 },
    ]);
    expect([reason(prepared, 0), reason(prepared, 1)]).toEqual(["usage unknown", "movable"]);
    expect([...prepared.problem.usage]).toEqual([0]);
  });

  it("are those on a plan set aside", () => {
    const prepared = prepare([SIM, { ...SIM, plan: 1 }], { setAside: [0] });
    expect(reason(prepared)).toBe("current plan set aside as invalid");
    expect([...prepared.rows]).toEqual([1]);
  });

  it("are named by the status first, before usage, plan and lock", () => {
    const all = { ...SIM, status: "RETIRED", usageBytes: Number.NaN, locked: true };
    expect(reason(prepare([all], { setAside: [0] }))).toBe("status not billable");
    expect(reason(prepare([{ ...all, status: "" }], { setAside: [0] }))).toBe("usage unknown");
  });
});

describe("what a change costs in the choice", () => {
  it("is one figure where no SIM has its own", () => {
    const { problem } = prepare([SIM], { terms: { switchCost: 5, minSaving: 3 } });
    expect(problem.penalty).toBe(8);
    expect(penaltyOf(problem, 0)).toBe(8);
  });

  it("is the SIM's own switching cost, be it 0, or the run's, and the minimum saving", () => {
    const sims = [{ ...SIM, switchCost: 100 }, SIM, { ...SIM, switchCost: 0 }];
    const { problem } = prepare(sims, { terms: { switchCost: 5, minSaving: 3 } });
    expect([0, 1, 2].map((sim) => penaltyOf(problem, sim))).toEqual([103, 8, 3]);
  });

  it("stays with its SIM where rows before it are left out", () => {
    const { problem } = prepare([
      { ...SIM, status: "RETIRED", switchCost: 1 },
      { ...SIM, switchCost: 7 },
    ]);
    expect(penaltyOf(problem, 0)).toBe(7);
  });
});

describe("rating classes", () => {
  const active = buildPlan("D", { proration: "active_days", monthlyCost: price("30") });

  it("are shared by locations with the same tax rate", () => {
    const fleet = buildFleet(["TX", "CA", "NY", ""].map((location) => ({ ...SIM, location })));
    const taxRates = new Map([
      ["TX", price("0.1")],
      ["CA", price("0.1")],
      ["NY", price("0.2")],
    ]);
    const { table, ratingClass } = rateFleet(fleet, buildTariff(PLANS, { taxRates }));
    expect([...ratingClass]).toEqual([0, 0, 1, 2]);
    expect(table.classes.map((one) => one.taxRate)).toEqual([price("0.1"), price("0.2"), 0n]);
  });

  it("tell active days apart only where a plan asks for them", () => {
    const fleet = buildFleet([-1, 10, 11].map((activeDays) => ({ ...SIM, activeDays })));
    expect(rateFleet(fleet, buildTariff(PLANS)).table.classes).toHaveLength(1);
    expect(rateFleet(fleet, buildTariff([active])).table.classes).toHaveLength(3);
  });

  it("never mix one location's days with the next one's, in a cycle of any length", () => {
    const sims = [
      { ...SIM, location: "A", activeDays: 1_024 },
      { ...SIM, location: "B", activeDays: 0 },
    ];
    const { table, ratingClass } = rateFleet(buildFleet(sims), buildTariff([active], { cycleDays: 2_048 }));
    expect([...ratingClass].map((one) => table.classes[one]?.activeDays)).toEqual([1_024, 0]);
  });
});

describe("any fleet", () => {
  it("has each of its SIMs in the problem once, in order, or is told why not", () => {
    const fields = fc.record({
      status: fc.constantFrom("", "ACTIVE", "RETIRED"),
      locked: fc.boolean(),
      unknown: fc.boolean(),
      communicationPlan: fc.constantFrom("wide", "narrow", "own", "none", "unheard of"),
    });
    const mixed = anyBilling.chain(({ tariff, sims }) =>
      fc.record({
        tariff: fc.constant(tariff),
        sims: fc.constant(sims),
        extra: fc.array(fields, { minLength: sims.length, maxLength: sims.length }),
      }),
    );
    fc.assert(
      fc.property(mixed, ({ tariff, sims, extra }) => {
        const mixedSims = sims.map((sim, k) => {
          const { unknown, ...more } = extra[k] as (typeof extra)[number];
          return { ...sim, ...more, usageBytes: unknown ? Number.NaN : sim.usageBytes };
        });
        const prepared = prepareFleet(buildFleet(mixedSims), tariff, ELIGIBILITY, TERMS);
        const kept = mixedSims.flatMap((sim, row) =>
          sim.status === "RETIRED" || Number.isNaN(sim.usageBytes) ? [] : [row],
        );
        expect([...prepared.rows]).toEqual(kept);
        kept.forEach((row, sim) => {
          const { problem, participation } = prepared;
          expect(problem.usage[sim]).toBe(mixedSims[row]?.usageBytes);
          expect(problem.current[sim]).toBe(mixedSims[row]?.plan);
          const stays = options(prepared, sim).every((plan) => plan === problem.current[sim]);
          expect(participation[row] === Participation.movable).toBe(!stays);
        });
      }),
      { seed: 20_261_107, numRuns: 300 },
    );
  });
});

describe("many communication plans", () => {
  it("are told apart past 65,535 different sets of plans", () => {
    const plans = Array.from({ length: 17 }, (_, p) => buildPlan(`P${p}`));
    const count = 2 ** 16 + 10;
    const names = Array.from({ length: count }, (_, k) => `c${k}`);
    const eligibility = new Map(
      names.map((name, k) => [
        name,
        new Set(plans.flatMap((plan, p) => (((k + 1) >> p) & 1 ? [plan.code] : []))),
      ]),
    );
    const fleet = {
      ...buildFleet([SIM]),
      communicationPlan: { codes: Uint32Array.of(count - 1), values: names },
    };
    const prepared = prepareFleet(fleet, buildTariff(plans), eligibility, TERMS);
    expect(options(prepared, 0)).toEqual([0, 1, 3, 16]);
  });
});
