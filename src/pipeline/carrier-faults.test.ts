import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import type { TruthRow } from "../../simulator/jasper/control/truth.ts";
import type { JasperSimulatorOptions } from "../../simulator/jasper/options.ts";
import { BILLABLE_STATUSES } from "../billing/fleet.ts";
import type { PipelineContext, SessionView } from "./context.ts";
import type { TruthOptions } from "./fixtures/carrier-truth.ts";
import { CarrierTruth, fleetOf } from "./fixtures/carrier-truth.ts";
import { drain, openRig } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

/** A session to its end, waits of the pipeline itself skipped. */
async function runThrough(
  context: PipelineContext,
  between: (round: number) => Promise<void> | void = () => undefined,
): Promise<SessionView> {
  const { sessionId } = await startSession(context, { accountId: rig.account.accountId });
  for (let round = 0; round < 40; round++) {
    await drain(context);
    const view = await sessionView(context, sessionId);
    if (view.completed_at !== null) return view;
    await between(round);
    await context.db.query("UPDATE pgboss.job SET start_after = now() WHERE state < 'active'");
  }
  return await sessionView(context, sessionId);
}

interface Tried {
  readonly view: SessionView;
  /** What is wrong about the fleet. */
  readonly wrong: readonly string[];
  /** SIMs whose usage is not known. */
  readonly unknown: number;
  readonly struck: number;
}

async function tryUnder(
  faults: readonly string[],
  simulator: Partial<JasperSimulatorOptions> = {},
  options: TruthOptions = {},
  concurrency = 1,
): Promise<Tried> {
  rig = await openRig({
    simulator: { devices: 160, faults, ...simulator },
    settings: { solveLimitMs: 50, maxPages: 60 },
    concurrency,
  });
  const truth = new CarrierTruth(rig, options);
  const view = await runThrough(truth.watching());
  const fleet = await fleetOf(rig.context.db, view.id);
  const struck = rig.simulator.control.stats().faults.reduce((sum, fault) => sum + fault.struck, 0);
  const unknown = fleet.filter(({ status, usage }) => BILLABLE_STATUSES.has(status) && usage === null).length;
  return { view, wrong: view.status === "COMPLETED" ? truth.faultsOf(fleet) : [], unknown, struck };
}

/** "completed", "failed with a reason" that a person can act on, or what else it came to. */
function verdictOn({ status, reason, error_code }: SessionView): string {
  if (status === "COMPLETED") return "completed";
  const saysWhy = /\w{3}/.test(reason ?? "") && /^(carrier|sync|input)-/.test(error_code ?? "");
  return status === "FAILED" && saysWhy ? "failed with a reason" : `${status} ${error_code}: ${reason}`;
}

/** Part of the usage has not reached the carrier. */
const late = ({ usageBytes }: TruthRow): number => Math.max(0, usageBytes - Math.ceil(usageBytes / 10));

describe("a session completes with the right fleet under", () => {
  test.each([
    "F1:probability=0.1",
    "F4:kind=500,probability=0.1",
    "F4:kind=503,probability=0.1",
    "F4:kind=504,probability=0.1",
    "F4:kind=reset,probability=0.1",
    "F4:kind=slow,probability=0.1,delayMs=100",
    "F8:probability=0.5",
    "F8:probability=0.2,count=20",
    "F9",
    "F10:kind=empty-page,probability=0.1",
    "F10:kind=repeated-page,probability=0.1",
    "F11:kind=malformed,probability=0.05",
    "F11:kind=latin1,probability=0.2",
    "F11:kind=key-case,probability=0.2",
    "F11:kind=string-number,probability=0.2",
    "F11:kind=html,probability=0.05",
    "F12:kind=decrease,probability=0.5",
    "F13:kind=unpublished,calls=20-90",
    "F13:kind=new-version,calls=20-90,times=5",
    "F14:kind=moved,probability=0.3,times=10",
    "F14:kind=purged,probability=0.3,times=10",
    "F14:kind=replaced,probability=0.3,times=10",
    "F15:probability=0.3,times=20",
    "F16:kind=essential",
    "F16:kind=role",
  ])("%s", async (fault) => {
    const { view, wrong, unknown, struck } = await tryUnder([fault]);
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect({ wrong, unknown }).toEqual({ wrong: [], unknown: 0 });
    expect(struck).toBeGreaterThan(0);
  });

  test("F12:kind=late, by what has reached the carrier", async () => {
    const { view, wrong, struck } = await tryUnder(["F12:kind=late,probability=0.3"], {}, { alsoSaid: late });
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect(wrong).toEqual([]);
    expect(struck).toBeGreaterThan(0);
  });

  test("F15, where the carrier counts a SIM's usage on the plan it is on now", async () => {
    const { view, wrong, struck } = await tryUnder(["F15:probability=0.5,times=40"], {
      usageAttribution: "current-plan",
    });
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect(wrong).toEqual([]);
    expect(struck).toBeGreaterThan(20);
  });

  test("changes behind its back while eight calls at a time are made", async () => {
    const faults = ["F8:probability=0.5", "F15:probability=0.2,times=10"];
    const { view, wrong, unknown, struck } = await tryUnder(faults, { devices: 900 }, {}, 8);
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect({ wrong, unknown }).toEqual({ wrong: [], unknown: 0 });
    expect(struck).toBeGreaterThan(20);
  });

  test("F5, F6 and F7, which strike changes alone: a session that only reads makes none", async () => {
    const { view, wrong, struck } = await tryUnder(["F5", "F6", "F7"]);
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect(wrong).toEqual([]);
    expect(struck).toBe(0);
    expect(Object.keys(rig.simulator.control.stats().routes)).not.toContain("editDevice");
  });

  test.each([12, 45])(
    "F17, maintenance over the end of the cycle, after %i pages: it goes on with that cycle",
    async (at) => {
      const cycle = "2026-03-01";
      rig = await openRig({
        simulator: { devices: 160, clock: "2026-04-01T02:30:00Z", faults: ["F17"] },
        settings: { solveLimitMs: 50, stepLimitMs: 0 },
        concurrency: 1,
      });
      const { control } = rig.simulator;
      const truth = new CarrierTruth(rig, { cycle });
      let pages = 0;
      const context = rig.with({
        fault: (point) => {
          if (point !== "sync:page-read") return;
          truth.sample();
          if (++pages === at) control.setClock("2026-04-01T03:10:00Z");
        },
      });
      let waited = 0;
      const view = await runThrough(context, async () => {
        if (++waited === 3) control.setClock("2026-04-01T05:10:00Z");
        truth.sample();
        // The breaker waits by a real clock.
        if (waited >= 3) await sleep(1_000);
      });
      expect(view).toMatchObject({ status: "COMPLETED", reason: null, period: { start: cycle } });
      expect(waited).toBeGreaterThanOrEqual(3);
      expect(truth.faultsOf(await fleetOf(context.db, view.id))).toEqual([]);
    },
  );
});

describe("a usage that the carrier does not tell is unknown and never zero, under", () => {
  test.each([
    // With F16 every SIM is asked for alone, which is where F3 strikes.
    ["F3:probability=0.4", "F16"],
    ["F11:kind=null-usage,probability=0.4"],
  ])("%s", async (...faults) => {
    const { view, wrong, unknown, struck } = await tryUnder(faults, {}, { mayBeUnknown: true });
    expect(view.status).toBe("COMPLETED");
    expect(wrong).toEqual([]);
    expect(struck).toBeGreaterThan(0);
    expect(unknown).toBeGreaterThan(0);
    expect(unknown).toBeLessThan(50);
    const { excluded } = view.summary as { excluded: Record<string, number> };
    const { rows } = await rig.context.db.query<{ sims: number }>(
      "SELECT count(*) AS sims FROM device_assignments WHERE session_id = $1 AND excluded = 'usage unknown'",
      [view.id],
    );
    expect(excluded["usage unknown"] ?? 0).toBe(rows[0]?.sims);
  });
});

describe("a session fails and says why under", () => {
  test.each([
    ["F2:kind=no-code,calls=30-9999", "carrier-credentials"],
    ["F2:kind=invalid,calls=30-9999", "carrier-credentials"],
    ["F2:kind=expired,calls=30-9999", "carrier-credentials"],
    ["F10:kind=never-last", "carrier-answer-invalid"],
    ["F11:kind=html", "carrier-answer-invalid"],
    ["F11:kind=malformed", "carrier-answer-invalid"],
    ["F13:kind=renamed,plan=MON-FLEX 1MB", "input-invalid"],
  ])("%s", async (fault, code) => {
    const { view } = await tryUnder([fault]);
    expect(verdictOn(view)).toBe("failed with a reason");
    expect(view.error_code).toBe(code);
  });
});

const SURVIVED_TOGETHER = [
  "F1:probability=0.02",
  "F3:probability=0.02",
  "F4:kind=500,probability=0.02",
  "F4:kind=503,probability=0.02",
  "F4:kind=504,probability=0.02",
  "F4:kind=reset,probability=0.02",
  "F8:probability=0.1",
  "F9",
  "F10:kind=empty-page,probability=0.02",
  "F10:kind=repeated-page,probability=0.02",
  "F11:kind=malformed,probability=0.02",
  "F11:kind=latin1,probability=0.05",
  "F11:kind=key-case,probability=0.05",
  "F11:kind=null-usage,probability=0.05",
  "F11:kind=string-number,probability=0.05",
  "F12:kind=late,probability=0.1",
  "F12:kind=decrease,probability=0.05",
  "F13:kind=new-version,probability=0.05",
  "F14:probability=0.05,times=5",
  "F15:probability=0.05,times=5",
  "F16:probability=0.05",
];
const LAX: TruthOptions = { alsoSaid: late, mayBeUnknown: true };

test.each([1, 2, 3])(
  "under-all-faults-at-once-that-leave-a-fleet-to-be-read-the-session-completes-with-the-right-one-%i",
  async (seed) => {
    const { view, wrong, unknown, struck } = await tryUnder(SURVIVED_TOGETHER, { seed }, LAX);
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect(wrong).toEqual([]);
    expect(unknown).toBeLessThan(20);
    expect(struck).toBeGreaterThan(20);
  },
);

test.each([
  [1, 1],
  [2, 1],
  [3, 8],
  [4, 8],
])(
  "under-every-fault-at-once-the-session-ends-with-the-right-fleet-or-says-why-not-%i-with-%i-calls-at-once",
  async (seed, concurrency) => {
    const { view, wrong, struck } = await tryUnder(["all"], { seed }, LAX, concurrency);
    expect(["completed", "failed with a reason"]).toContain(verdictOn(view));
    expect(wrong).toEqual([]);
    expect(struck).toBeGreaterThan(0);
  },
);
