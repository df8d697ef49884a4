import { expect, test } from "vitest";
import { CarrierTruth, fleetOf } from "../fixtures/carrier-truth.ts";
import { openRig, runSession } from "../fixtures/rig.ts";
import { withCarrier } from "../fixtures/with-carrier.ts";

test("a-SIM-that-comes-twice-with-different-data-counts-once-as-it-came-last-and-the-session-says-so", async () => {
  const rig = await openRig({ simulator: { devices: 160 }, settings: { solveLimitMs: 50 } });
  try {
    const truth = new CarrierTruth(rig);
    let twice: string | undefined;
    const context = withCarrier(truth.watching(), (carrier) => ({
      listDevices: async (request, call) => {
        const page = await carrier.listDevices(request, call);
        const sim = page.devices.find(({ status }) => status === "ACTIVATED");
        if (twice === undefined && sim !== undefined) {
          twice = sim.iccid;
          rig.simulator.control.edit({ iccid: twice, set: { status: "DEACTIVATED" } });
          truth.sample();
        }
        return page;
      },
    }));
    const view = await runSession({ context, account: rig.account });
    expect(view).toMatchObject({ status: "COMPLETED", sync: { devices: 160, conflicts: 1 } });
    const fleet = await fleetOf(rig.context.db, view.id);
    expect(truth.faultsOf(fleet)).toEqual([]);
    expect(fleet.find(({ iccid }) => iccid === twice)?.status).toBe("DEACTIVATED");
  } finally {
    await rig.close();
  }
});
