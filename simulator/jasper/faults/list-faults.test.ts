import { afterEach, describe, expect, it } from "vitest";
import { SINCE, startWithCaller } from "../fixtures/caller.ts";
import type { Caller, DevicesPage } from "../fixtures/caller.ts";

let caller: Caller;
afterEach(() => caller.simulator.close());

const page = async (pageNumber: number, parameters = SINCE): Promise<DevicesPage> =>
  (await caller.get("/devices", { ...parameters, pageNumber })).json as unknown as DevicesPage;

describe("F8", () => {
  it("edits SIMs that the scan has passed: as many come twice as are skipped", async () => {
    caller = await startWithCaller({ faults: ["F8:calls=2-6"] });
    const scanned = await caller.listAll();
    const distinct = new Set(scanned).size;
    expect(scanned).toHaveLength(500);
    expect(distinct).toBeLessThan(500);
    caller.simulator.control.clearFaults();
    expect(new Set(await caller.listAll()).size).toBe(500);
  });
});

describe("F9", () => {
  it("ends the list one year after its start without a word", async () => {
    caller = await startWithCaller({ faults: ["F9"] });
    expect(await caller.listAll()).toHaveLength(0);
    const bounded = await page(1, { ...SINCE, modifiedTill: "2026-12-31T00:00:00Z" } as typeof SINCE);
    expect(bounded.devices).toHaveLength(50);
  });
});

describe("F10", () => {
  it("never says that a page is the last", async () => {
    caller = await startWithCaller({ devices: 120, faults: ["F10"] });
    expect([(await page(3)).lastPage, (await page(9)).lastPage, (await page(9)).devices]).toEqual([
      false,
      false,
      [],
    ]);
  });

  it("gives an empty page in the middle, or one page twice", async () => {
    caller = await startWithCaller({
      faults: ["F10:kind=empty-page,page=3,times=1", "F10:kind=repeated-page,page=5"],
    });
    expect(await page(3)).toEqual({ pageNumber: 3, devices: [], lastPage: false });
    expect((await page(3)).devices).toHaveLength(50);
    expect((await page(5)).devices).toEqual((await page(4)).devices);
    expect((await page(6)).devices).not.toEqual((await page(5)).devices);
  });
});
