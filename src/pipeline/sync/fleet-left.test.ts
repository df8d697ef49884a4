import { afterEach, expect, test } from "vitest";
import type { UsageListRequest, UsagePage } from "../../ports/carrier.ts";
import type { PipelineContext, SessionView } from "../context.ts";
import { CarrierTruth, fleetOf } from "../fixtures/carrier-truth.ts";
import { openRig, runSession } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { withCarrier } from "../fixtures/with-carrier.ts";

let rig: Rig;
let truth: CarrierTruth;
afterEach(async () => {
  await rig.close();
});

async function open(devices: number): Promise<void> {
  rig = await openRig({ simulator: { devices }, settings: { solveLimitMs: 50 } });
  truth = new CarrierTruth(rig);
}

/** The rig's context, where something happens at the carrier before or after a page of usage. */
function around(happens: {
  before?: (request: UsageListRequest) => void;
  after?: (request: UsageListRequest, page: UsagePage) => void;
}): PipelineContext {
  return withCarrier(truth.watching(), (carrier) => ({
    listUsage: async (request, call) => {
      happens.before?.(request);
      const page = await carrier.listUsage(request, call);
      happens.after?.(request, page);
      return page;
    },
  }));
}

function sendAway(iccid: string): void {
  rig.simulator.control.edit({ iccid, moveToOtherAccount: true });
  truth.sample();
}

async function wrongWith({ id }: SessionView): Promise<string[]> {
  return truth.faultsOf(await fleetOf(rig.context.db, id));
}

async function syncOf({ id }: SessionView): Promise<unknown> {
  const { rows } = await rig.context.db.query(
    "SELECT kind, devices, vanished FROM sync_runs WHERE session_id = $1",
    [id],
  );
  return rows[0];
}

const used = (): string =>
  [...rig.simulator.control.truth()].find(
    ({ status, usageBytes }) => status === "ACTIVATED" && usageBytes > 0,
  )?.iccid ?? "";

test("a-SIM-that-leaves-before-the-usage-of-its-plan-is-read-is-not-in-the-fleet-rather-than-idle", async () => {
  await open(160);
  const leaver = used();
  let gone = false;
  const context = around({
    before: () => {
      if (!gone) sendAway(leaver);
      gone = true;
    },
  });
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(gone).toBe(true);
  expect(await wrongWith(view)).toEqual([]);
  expect(await syncOf(view)).toMatchObject({ devices: 159 });
});

test("a-SIM-whose-row-slips-into-a-page-already-read-as-another-leaves-keeps-its-usage", async () => {
  await open(900);
  let slipped = 0;
  const context = around({
    after: (_request, { rows, cursor }) => {
      const next = cursor === undefined ? 0 : (JSON.parse(cursor) as { page: number }).page;
      const [first] = rows;
      if (slipped > 0 || next < 2 || first === undefined) return;
      slipped++;
      sendAway(first.iccid);
    },
  });
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(slipped).toBe(1);
  expect(await wrongWith(view)).toEqual([]);
  expect(await syncOf(view)).toMatchObject({ devices: 899 });
});

test("where-SIMs-leave-whenever-usage-is-read-the-session-fails-and-says-so", async () => {
  await open(160);
  const context = around({ before: ({ cursor }) => void (cursor === undefined && sendAway(used())) });
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "FAILED", error_code: "sync-incomplete" });
  expect(view.reason).toMatch(/SIMs left the carrier account each time that its usage was read/);
});

test("a-SIM-that-left-between-two-sessions-is-noticed-although-only-changes-are-read", async () => {
  await open(160);
  await runSession(rig);
  rig.simulator.control.advanceClock(7_200_000);
  sendAway(used());
  truth = new CarrierTruth(rig);
  const view = await runSession({ context: truth.watching(), account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(await syncOf(view)).toMatchObject({ kind: "full", devices: 159, vanished: 1 });
  expect(await wrongWith(view)).toEqual([]);
});

/** The rig's context, and how often a whole listing is begun with it and SIMs are counted. */
function counting(count?: () => Promise<undefined>): {
  context: PipelineContext;
  listings: number;
  counts: number;
} {
  const seen = { listings: 0, counts: 0 };
  const context = withCarrier(truth.watching(), (carrier) => ({
    listDevices: (request, call) => {
      if (request.cursor === undefined && request.modifiedSince === undefined) seen.listings++;
      return carrier.listDevices(request, call);
    },
    countDevices: (expected, call) => {
      seen.counts++;
      return count === undefined ? carrier.countDevices(expected, call) : count();
    },
  }));
  return Object.assign(seen, { context });
}

test.each([
  ["a-fleet-that-no-SIM-leaves-is-listed-once-and-counted-once", undefined, 1],
  [
    "where-the-carrier-does-not-let-SIMs-be-counted-a-second-listing-tells-that-none-has-left",
    () => Promise.resolve(undefined),
    2,
  ],
])("%s", async (_name, count, listings) => {
  await open(160);
  const seen = counting(count);
  const view = await runSession({ context: seen.context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(await wrongWith(view)).toEqual([]);
  expect(await syncOf(view)).toMatchObject({ kind: "full", devices: 160 });
  expect(seen).toMatchObject({ listings, counts: 1 });
});
