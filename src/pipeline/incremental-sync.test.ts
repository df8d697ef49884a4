import { afterEach, expect, test } from "vitest";
import { CarrierTruth, fleetOf } from "./fixtures/carrier-truth.ts";
import type { Rig } from "./fixtures/rig.ts";
import { openRig, runSession } from "./fixtures/rig.ts";
import type { SessionView } from "./context.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

async function open(): Promise<void> {
  rig = await openRig({ simulator: { devices: 160 }, settings: { solveLimitMs: 50 } });
}

async function kindOf({ id }: SessionView): Promise<unknown> {
  const { rows } = await rig.context.db.query(
    "SELECT kind, devices, vanished FROM sync_runs WHERE session_id = $1",
    [id],
  );
  return rows[0];
}

/** What somebody does at the carrier between two sessions; the clock goes on, and with it every SIM's usage. */
function changeThings(): void {
  const { control } = rig.simulator;
  const [a, b, c, d] = [...control.truth()].filter(({ status }) => status === "ACTIVATED");
  control.advanceClock(7_200_000);
  for (const sim of [a, b])
    control.edit({
      iccid: sim?.iccid ?? "",
      set: { ratePlan: sim?.ratePlan === "MON-FLEX 1MB" ? "MON-FLEX 3MB" : "MON-FLEX 1MB" },
    });
  control.edit({ iccid: c?.iccid ?? "", addUsageBytes: 5_000_000 });
  control.edit({ iccid: d?.iccid ?? "", set: { status: "DEACTIVATED" } });
  control.advanceClock(1_000);
}

test("a-second-session-reads-what-changed-and-comes-to-what-reading-everything-comes-to", async () => {
  await open();
  const first = await runSession(rig);
  expect(await kindOf(first)).toMatchObject({ kind: "full", devices: 160 });
  changeThings();
  const truth = new CarrierTruth(rig);
  const second = await runSession(rig);
  expect(second).toMatchObject({ status: "COMPLETED", reason: null });
  expect(await kindOf(second)).toMatchObject({ kind: "incremental", vanished: 0 });
  const changed = await fleetOf(rig.context.db, second.id);
  expect(truth.faultsOf(changed)).toEqual([]);
  const whole = { context: rig.with({ settings: { fullSyncDays: 0 } }), account: rig.account };
  const third = await runSession(whole);
  expect(await kindOf(third)).toMatchObject({ kind: "full", devices: 160, vanished: 0 });
  expect(await fleetOf(rig.context.db, third.id)).toEqual(changed);
  const costs = await rig.context.db.query(
    `SELECT count(DISTINCT (iccid, current_cost)) AS "currentCosts", count(*) AS sims FROM device_assignments WHERE session_id = ANY($1::uuid[])`,
    [[second.id, third.id]],
  );
  expect(costs.rows).toEqual([{ currentCosts: 160, sims: 320 }]);
});

test("a-SIM-that-has-left-is-marked-as-gone-by-the-next-whole-reading-and-takes-part-no-more", async () => {
  await open();
  await runSession(rig);
  const { control } = rig.simulator;
  const left = [...control.truth()].find(({ status }) => status === "ACTIVATED")?.iccid ?? "";
  control.edit({ iccid: left, moveToOtherAccount: true });
  const truth = new CarrierTruth(rig);
  const next = await runSession({
    context: rig.with({ settings: { fullSyncDays: 0 } }),
    account: rig.account,
  });
  expect(await kindOf(next)).toMatchObject({ kind: "full", devices: 159, vanished: 1 });
  expect(truth.faultsOf(await fleetOf(rig.context.db, next.id))).toEqual([]);
  const { rows } = await rig.context.db.query("SELECT iccid FROM devices WHERE vanished_at IS NOT NULL");
  expect(rows).toEqual([{ iccid: left }]);
});

test("without-a-whole-reading-in-this-cycle-every-SIM-is-read", async () => {
  await open();
  await runSession(rig);
  rig.simulator.control.setClock("2026-04-28T09:00:00Z");
  const truth = new CarrierTruth(rig);
  const next = await runSession(rig);
  expect(next).toMatchObject({ status: "COMPLETED", period: { start: "2026-04-01" } });
  expect(await kindOf(next)).toMatchObject({ kind: "full" });
  expect(truth.faultsOf(await fleetOf(rig.context.db, next.id))).toEqual([]);
});
