import { afterEach, expect, test } from "vitest";
import type { PipelineContext } from "../context.ts";
import type { UsageListRequest, UsagePage } from "../../ports/carrier.ts";
import { CarrierTruth, fleetOf } from "../fixtures/carrier-truth.ts";
import { openRig, runSession } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { withCarrier } from "../fixtures/with-carrier.ts";

let rig: Rig;
let truth: CarrierTruth;
afterEach(async () => {
  await rig.close();
});

async function open(usageAttribution: "current-plan" | "plan-at-the-time"): Promise<void> {
  rig = await openRig({ simulator: { devices: 900, usageAttribution }, settings: { solveLimitMs: 50 } });
  truth = new CarrierTruth(rig);
}

/** Something is done behind each page of usage; `begun`: the plans whose usage was begun to be read. */
function moving(perhaps: (request: UsageListRequest, page: UsagePage) => void): {
  readonly context: PipelineContext;
  readonly begun: string[];
} {
  const begun: string[] = [];
  const context = withCarrier(truth.watching(), (carrier) => ({
    listUsage: async (request, call) => {
      if (request.cursor === undefined) begun.push(request.plans[0]?.name ?? "");
      const page = await carrier.listUsage(request, call);
      perhaps(request, page);
      return page;
    },
  }));
  return { context, begun };
}

/** Puts the first SIM of the page onto another plan. */
function move({ plans }: UsageListRequest, { rows }: UsagePage): boolean {
  const iccid = rows[0]?.iccid;
  const other = [...rig.simulator.control.truth()].find(({ ratePlan }) => ratePlan !== plans[0]?.name);
  if (iccid === undefined || other === undefined) return false;
  rig.simulator.control.edit({ iccid, set: { ratePlan: other.ratePlan } });
  truth.sample();
  return true;
}

const goesOn = ({ cursor }: UsagePage): boolean =>
  cursor !== undefined && (JSON.parse(cursor) as { page: number }).page > 1;

test("a-SIM-whose-row-slips-into-a-page-already-read-as-another-changes-its-plan-keeps-its-usage", async () => {
  await open("current-plan");
  let moved = "";
  const { context, begun } = moving((request, page) => {
    if (moved === "" && goesOn(page) && move(request, page)) moved = request.plans[0]?.name ?? "";
  });
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(truth.faultsOf(await fleetOf(rig.context.db, view.id))).toEqual([]);
  expect(begun.filter((name) => name === moved)).toHaveLength(2);
});

test("where-a-carrier-counts-usage-on-the-plan-it-was-made-on-too-and-each-plan-that-SIMs-left-is-read-once-more", async () => {
  await open("plan-at-the-time");
  const movedFrom: string[] = [];
  const { context, begun } = moving((request, page) => {
    const name = request.plans[0]?.name ?? "";
    if (begun.filter((begin) => begin === name).length > 1) return;
    if (goesOn(page) && move(request, page)) movedFrom.push(name);
  });
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(truth.faultsOf(await fleetOf(rig.context.db, view.id))).toEqual([]);
  expect(movedFrom.length).toBeGreaterThan(3);
  const twice = begun.filter((name, index) => begun.indexOf(name) !== index);
  expect(twice.toSorted()).toEqual([...new Set(movedFrom)].toSorted());
});

test("a-plan-that-a-SIM-left-while-SIMs-were-listed-is-not-read-again", async () => {
  await open("current-plan");
  let moved: string | undefined;
  const { context, begun } = moving(() => undefined);
  const around = withCarrier(context, (carrier) => ({
    listDevices: async (request, call) => {
      const page = await carrier.listDevices(request, call);
      const sim = page.devices.find(({ status }) => status === "ACTIVATED");
      if (moved === undefined && sim !== undefined && request.modifiedSince === undefined) {
        moved = sim.ratePlan;
        const other = [...rig.simulator.control.truth()].find(({ ratePlan }) => ratePlan !== moved);
        rig.simulator.control.edit({ iccid: sim.iccid, set: { ratePlan: other?.ratePlan ?? "" } });
        truth.sample();
      }
      return page;
    },
  }));
  const view = await runSession({ context: around, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(truth.faultsOf(await fleetOf(rig.context.db, view.id))).toEqual([]);
  expect(moved).toBeDefined();
  expect(begun).toHaveLength(new Set(begun).size);
});

test("where-SIMs-change-their-plan-whenever-it-is-read-the-session-fails-and-says-so", async () => {
  await open("current-plan");
  const { context } = moving((request, page) => void (goesOn(page) && move(request, page)));
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "FAILED", error_code: "sync-incomplete" });
  expect(view.reason).toMatch(/changed their rate plan each time that the usage of their plans was read/);
});
