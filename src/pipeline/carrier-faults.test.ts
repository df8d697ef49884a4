import { afterEach, expect, test } from "vitest";
import { BILLABLE_STATUSES } from "../billing/fleet.ts";
import type { SessionView } from "./context.ts";
import { drain, openRig } from "./fixtures/rig.ts";
import type { Rig } from "./fixtures/rig.ts";
import { sessionView } from "./session/session-view.ts";
import { startSession } from "./session/start-session.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

/** A session to its end, waits of the pipeline itself skipped. */
async function runThrough({ context, account }: Rig): Promise<SessionView> {
  const { sessionId } = await startSession(context, { accountId: account.accountId });
  for (let round = 0; round < 40; round++) {
    await drain(context);
    const view = await sessionView(context, sessionId);
    if (view.completed_at !== null) return view;
    await context.db.query("UPDATE pgboss.job SET start_after = now() WHERE state < 'active'");
  }
  return await sessionView(context, sessionId);
}

type Line = readonly [iccid: string, ratePlan: string, status: string, usage: number | null];

async function fleetOf(sessionId: string): Promise<Line[]> {
  const { rows } = await rig.context.db.query<{
    iccid: string;
    plan: string;
    status: string;
    usage: number | null;
  }>(
    "SELECT iccid, rate_plan AS plan, status, usage_bytes AS usage FROM session_devices WHERE session_id = $1 ORDER BY iccid",
    [sessionId],
  );
  return rows.map(({ iccid, plan, status, usage }) => [
    iccid,
    plan,
    status,
    BILLABLE_STATUSES.has(status) ? usage : null,
  ]);
}

function truth(): Line[] {
  const lines: Line[] = [];
  for (const { iccid, ratePlan, status, usageBytes } of rig.simulator.control.truth())
    lines.push([iccid, ratePlan, status, BILLABLE_STATUSES.has(status) ? usageBytes : null]);
  return lines.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

const SURVIVED = [
  "F1:probability=0.1",
  "F4:probability=0.1,kind=503",
  "F4:probability=0.1,kind=reset",
  "F8:probability=0.5",
  "F10:kind=empty-page,probability=0.1",
  "F10:kind=repeated-page,probability=0.1",
  "F11:kind=malformed,probability=0.05",
  "F11:kind=latin1,probability=0.2",
  "F11:kind=key-case,probability=0.2",
  "F11:kind=string-number,probability=0.2",
  "F11:kind=html,probability=0.05",
  "F16:kind=essential",
];

test.each(SURVIVED)(
  "the-fleet-is-right-under-%s",
  async (fault) => {
    rig = await openRig({ simulator: { devices: 260, faults: [fault] }, settings: { solveLimitMs: 50 } });
    const view = await runThrough(rig);
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect(await fleetOf(view.id)).toEqual(truth());
  },
  60_000,
);

test("a-SIM-without-a-figure-is-unknown-and-never-zero", async () => {
  rig = await openRig({
    simulator: { devices: 260, faults: ["F11:kind=null-usage,probability=0.4"] },
    settings: { solveLimitMs: 50 },
  });
  const view = await runThrough(rig);
  expect(view.status).toBe("COMPLETED");
  const fleet = await fleetOf(view.id);
  const known = truth().map(([iccid, plan, status, usage], index): Line => [
    iccid,
    plan,
    status,
    fleet[index]?.[3] === null ? null : usage,
  ]);
  expect(fleet).toEqual(known);
  const unknown = fleet.filter(
    ([, , status, usage]) => BILLABLE_STATUSES.has(status) && usage === null,
  ).length;
  expect(unknown).toBeLessThan(50);
  expect((view.summary as { excluded: Record<string, number> }).excluded["usage unknown"] ?? 0).toBe(unknown);
}, 60_000);

/** Whether a session came to what is so, or says what a person can act on. */
async function verdictOn(view: SessionView, isRight: (fleet: Line[]) => boolean): Promise<string> {
  if (view.status === "COMPLETED") return isRight(await fleetOf(view.id)) ? "right" : "wrong";
  const saysWhy = /\w{3}/.test(view.reason ?? "") && /^(carrier|sync|input)-/.test(view.error_code ?? "");
  return view.status === "FAILED" && saysWhy
    ? "failed with a reason"
    : `${view.status} ${view.error_code}: ${view.reason}`;
}

test.each([
  "F2:kind=invalid,probability=0.05",
  "F10:kind=never-last",
  "F11:kind=html",
  "F13:kind=renamed,plan=MON-FLEX 1MB",
])(
  "the-session-is-right-or-says-why-not-under-%s",
  async (fault) => {
    rig = await openRig({
      simulator: { devices: 260, faults: [fault] },
      settings: { solveLimitMs: 50, maxPages: 40 },
    });
    const view = await runThrough(rig);
    const isRight = (fleet: Line[]): boolean => JSON.stringify(fleet) === JSON.stringify(truth());
    expect(["right", "failed with a reason"]).toContain(await verdictOn(view, isRight));
  },
  60_000,
);

test.each([1, 2, 3])(
  "with-every-fault-at-once-the-session-ends-and-never-with-SIMs-twice-or-from-nowhere-%i",
  async (seed) => {
    rig = await openRig({
      simulator: { devices: 260, seed, faults: ["all"] },
      settings: { solveLimitMs: 50 },
    });
    const view = await runThrough(rig);
    const left = rig.simulator.control.world.elsewhere.size;
    const isRight = (fleet: Line[]): boolean => {
      const there = new Set(truth().map(([iccid]) => iccid));
      const seen = new Set(fleet.map(([iccid]) => iccid));
      return seen.size === fleet.length && [...seen].filter((iccid) => !there.has(iccid)).length <= left;
    };
    expect(["right", "failed with a reason"]).toContain(await verdictOn(view, isRight));
  },
  60_000,
);
