import { withoutCode } from "../http/authenticate.ts";
import { html } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext, RouteName } from "../http/call.ts";
import { refusal } from "../http/carrier-errors.ts";

const DEVICE_ROUTES: readonly RouteName[] = [
  "deviceDetails",
  "editDevice",
  "ctdUsages",
  "usageInZone",
  "auditTrails",
];
const ADVANTAGE_ROUTES: readonly RouteName[] = ["usages", "usageInZone", "auditTrails"];

const HOUR_MS = 3_600_000;

/** The answer of a fault that keeps the call from being handled at all: F17, F2, F4, F16, F3. */
export function refuseByFault(context: RouteContext, call: Call): Answer | undefined {
  return (
    maintenance(context, call) ??
    badCredentials(context, call) ??
    serverTrouble(context, call) ??
    lostAccess(context, call) ??
    missingDevice(context, call)
  );
}

function maintenance({ faults, world }: RouteContext, call: Call): Answer | undefined {
  const striking = faults.holding("F17", call, "anything").filter((fault) => {
    if (fault.spec.from !== undefined || fault.spec.until !== undefined) return true;
    const { startMs, endMs } = world.calendar.at(call.nowMs);
    return (
      call.nowMs >= endMs - HOUR_MS ||
      (call.nowMs < startMs + HOUR_MS && startMs > world.settings.clockStartMs)
    );
  });
  for (const fault of striking) fault.struck++;
  return striking.length === 0 ? undefined : html(503, "Scheduled maintenance");
}

/** An expired key stays expired. */
function badCredentials({ faults }: RouteContext, call: Call): Answer | undefined {
  const expired = faults.active.find(
    (f) => f.spec.fault === "F2" && f.spec.kind === "expired" && f.struck > 0,
  );
  const fault = expired ?? faults.strike("F2", call)[0];
  if (fault === undefined) return undefined;
  return faults.kindOf(fault, call) === "no-code" ? withoutCode() : refusal("10000001");
}

function serverTrouble({ faults }: RouteContext, call: Call): Answer | undefined {
  const fault = faults.strike("F4", call, "subject", (kind) => kind !== "slow")[0];
  if (fault === undefined) return undefined;
  switch (faults.kindOf(fault, call)) {
    case "500":
      return refusal("30000001");
    case "503":
      return html(503, "503 Service Temporarily Unavailable");
    case "504":
      return html(504, "504 Gateway Time-out");
    case "reset":
    case undefined:
    default:
      return { kind: "lost", how: "reset", afterMs: 0 };
  }
}

/** How long the call is held up before it is handled. */
export function slownessMs({ faults }: RouteContext, call: Call): number {
  const slow = faults.strike("F4", call, "subject", (kind) => kind === "slow");
  return Math.max(0, ...slow.map(({ spec }) => spec.delayMs ?? 60_000));
}

function lostAccess({ faults }: RouteContext, call: Call): Answer | undefined {
  if (!ADVANTAGE_ROUTES.includes(call.route)) return undefined;
  const fault = faults.strike("F16", call, "anything")[0];
  if (fault === undefined) return undefined;
  return refusal(faults.kindOf(fault, call) === "role" ? "10000030" : "10000079");
}

function missingDevice({ faults }: RouteContext, call: Call): Answer | undefined {
  if (!DEVICE_ROUTES.includes(call.route)) return undefined;
  return faults.strike("F3", call).length === 0 ? undefined : refusal("20000001");
}
