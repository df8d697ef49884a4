import { describe, expect, it } from "vitest";
import { PROFILES } from "./profiles.ts";
import { settle } from "../settings.ts";
import { truthRows } from "../control/truth.ts";
import type { TruthRow } from "../control/truth.ts";
import { createWorld } from "../world.ts";
import type { World } from "../world.ts";
import { luhnDigit } from "./iccid.ts";

const MB = 1_048_576;

function makeWorld(devices: number, seed = 1): World {
  return createWorld(settle({ devices, seed, clock: "2026-03-28T09:00:00Z", clockRate: 0 }));
}

function truthOf(world: World): TruthRow[] {
  const nowMs = world.clock.nowMs();
  return [...truthRows(world, world.calendar.at(nowMs), nowMs)];
}

describe("a fleet", () => {
  it("is the same for the same seed and another for another", () => {
    const first = truthOf(makeWorld(2000));
    expect(truthOf(makeWorld(2000))).toEqual(first);
    expect(truthOf(makeWorld(2000, 2))).not.toEqual(first);
  });

  it("has distinct ICCIDs of 20 digits with a true check digit", () => {
    const iccids = truthOf(makeWorld(5000)).map((row) => row.iccid);
    expect(new Set(iccids).size).toBe(5000);
    for (const iccid of iccids) {
      expect(iccid).toMatch(/^\d{20}$/);
      expect(luhnDigit(iccid.slice(0, -1))).toBe(iccid.at(-1));
    }
  });

  it("mixes silent SIMs, meters, trackers, routers and cameras, heavy at the top", () => {
    const world = makeWorld(20_000);
    const shares = PROFILES.map(
      (_, code) => world.devices.profile.filter((profile) => profile === code).length / 20_000,
    );
    PROFILES.slice(1).forEach((profile, i) =>
      expect(Math.abs((shares[i + 1] ?? 0) - profile.share / 100)).toBeLessThan(0.01),
    );
    const usage = truthOf(world)
      .map((row) => row.usageBytesAtClose)
      .toSorted((a, b) => a - b);
    const median = usage[10_000] ?? 0;
    expect(median).toBeGreaterThan(0.1 * MB);
    expect(median).toBeLessThan(2 * MB);
    expect(usage.reduce((sum, bytes) => sum + bytes, 0) / 20_000).toBeGreaterThan(10 * median);
    expect(usage.filter((bytes) => bytes === 0).length / 20_000).toBeGreaterThan(0.04);
  });

  it("has SIMs that start and that fall silent during the cycle, and SIMs that are not billable", () => {
    const world = makeWorld(20_000);
    const cycle = world.calendar.at(world.clock.nowMs());
    const { devices } = world;
    const started = devices.dateActivatedMs.filter((at) => at > cycle.startMs).length;
    const broken = devices.activeUntilMs.filter(
      (at, i) => at > cycle.startMs && at < Infinity && devices.status[i] === 0,
    ).length;
    expect(started).toBeGreaterThan(100);
    expect(broken).toBeGreaterThan(20);
    expect(new Set(truthOf(world).map((row) => row.status)).size).toBeGreaterThanOrEqual(7);
  });

  it("keeps every SIM on a plan that is sold with its communication plan, or was", () => {
    const world = makeWorld(5000);
    const misplaced = truthOf(world).filter((row) => {
      const sold = world.sold[world.communicationPlans.indexOf(row.communicationPlan)] ?? [];
      return row.communicationPlan !== "Lab" && !sold.some((plan) => plan.name === row.ratePlan);
    });
    expect(misplaced).toEqual([]);
  });

  it("never uses less by a later instant", () => {
    const world = makeWorld(300);
    const cycle = world.calendar.at(world.clock.nowMs());
    for (let device = 0; device < 300; device++) {
      let last = 0;
      for (let at = cycle.startMs; at <= cycle.endMs; at += 11 * 3_600_000) {
        const bytes = world.usage.bytesUntil(device, cycle, at, cycle.endMs);
        expect(bytes).toBeGreaterThanOrEqual(last);
        last = bytes;
      }
    }
  });
});
