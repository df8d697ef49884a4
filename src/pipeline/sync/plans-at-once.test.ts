import { afterEach, expect, test } from "vitest";
import { CarrierTruth, fleetOf } from "../fixtures/carrier-truth.ts";
import { openRig, runSession } from "../fixtures/rig.ts";
import type { Rig } from "../fixtures/rig.ts";
import { withCarrier } from "../fixtures/with-carrier.ts";

let rig: Rig;
afterEach(async () => {
  await rig.close();
});

test("a-plan-that-is-slow-to-be-read-holds-no-other-up", async () => {
  rig = await openRig({ simulator: { devices: 900 }, settings: { solveLimitMs: 50 } });
  const truth = new CarrierTruth(rig);
  let slow: string | undefined;
  const ended = new Set<string>();
  const plans = new Set<string>();
  const allOthersEnded = Promise.withResolvers<void>();
  const context = withCarrier(truth.watching(), (carrier) => ({
    listRatePlans: async (request, call) => {
      const page = await carrier.listRatePlans(request, call);
      for (const { name } of page.plans) plans.add(name);
      return page;
    },
    listUsage: async (request, call) => {
      const name = request.plans[0]?.name ?? "";
      slow ??= name;
      if (name === slow) await allOthersEnded.promise;
      const page = await carrier.listUsage(request, call);
      if (page.cursor === undefined) ended.add(name);
      if (ended.size >= plans.size - 1) allOthersEnded.resolve();
      return page;
    },
  }));
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED", reason: null });
  expect(truth.faultsOf(await fleetOf(rig.context.db, view.id))).toEqual([]);
  expect(ended.size).toBeGreaterThan(8);
});

test("with-one-call-at-a-time-plans-are-read-one-after-the-other", async () => {
  rig = await openRig({ simulator: { devices: 900 }, settings: { solveLimitMs: 50 }, concurrency: 1 });
  const read: string[] = [];
  let underWay = 0;
  const context = withCarrier(rig.context, (carrier) => ({
    listUsage: async (request, call) => {
      expect(++underWay).toBe(1);
      const name = request.plans[0]?.name ?? "";
      if (read.at(-1) !== name) read.push(name);
      try {
        return await carrier.listUsage(request, call);
      } finally {
        underWay--;
      }
    },
  }));
  const view = await runSession({ context, account: rig.account });
  expect(view).toMatchObject({ status: "COMPLETED" });
  expect(read).toHaveLength(new Set(read).size);
});
