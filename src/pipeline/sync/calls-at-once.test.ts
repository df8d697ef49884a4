import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { CarrierTruth, fleetOf } from "../fixtures/carrier-truth.ts";
import { openRig, runSession } from "../fixtures/rig.ts";

const CALLS_AT_ONCE = 4;

interface Call {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The calls of a route that the simulator, which runs in this process, had before it. */
function watchCalls(path: string): { readonly calls: readonly Call[]; stop(): void } {
  const calls: Call[] = [];
  const begun = new Map<IncomingMessage, number>();
  const begin = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    if (request.url?.startsWith(path) === true) begun.set(request, performance.now());
  };
  const end = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    const fromMs = begun.get(request);
    if (fromMs !== undefined) calls.push({ fromMs, toMs: performance.now() });
  };
  subscribe("http.server.request.start", begin);
  subscribe("http.server.response.finish", end);
  return {
    calls,
    stop: () => {
      unsubscribe("http.server.request.start", begin);
      unsubscribe("http.server.response.finish", end);
    },
  };
}

/** How many were under way between two instants, on average. */
function meanUnderWay(calls: readonly Call[], fromMs: number, toMs: number): number {
  const within = calls.map((call) => Math.min(toMs, call.toMs) - Math.max(fromMs, call.fromMs));
  return within.reduce((sum, ms) => sum + Math.max(0, ms), 0) / (toMs - fromMs);
}

test("a-call-that-takes-long-holds-no-other-up-while-SIMs-are-listed", async () => {
  const rig = await openRig({
    simulator: { devices: 700, latencyMs: { min: 40, max: 400 } },
    settings: { solveLimitMs: 50 },
    concurrency: CALLS_AT_ONCE,
  });
  try {
    await rig.context.db.query(
      `UPDATE carrier_accounts SET settings = '{"jasper": {"pageSize": 5, "tillDefault": "none"}}'`,
    );
    const truth = new CarrierTruth(rig);
    const watch = watchCalls("/rws/api/v1/devices?");
    const view = await runSession({ context: truth.watching(), account: rig.account });
    watch.stop();
    expect(view).toMatchObject({ status: "COMPLETED", reason: null });
    expect(truth.faultsOf(await fleetOf(rig.context.db, view.id))).toEqual([]);
    const begunMs = watch.calls.map(({ fromMs }) => fromMs);
    // Before, the last page is looked for with one call after the other; behind, the list is looked at for changes.
    const descent = begunMs.slice(Math.floor(begunMs.length * 0.2), Math.floor(begunMs.length * 0.7));
    const mean = meanUnderWay(watch.calls, descent[0] ?? 0, descent.at(-1) ?? 0);
    expect(mean / CALLS_AT_ONCE).toBeGreaterThan(0.9);
  } finally {
    await rig.close();
  }
}, 120_000);
