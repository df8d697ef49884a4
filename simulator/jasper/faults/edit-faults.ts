import { hashText } from "../fleet/draws.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";

/** F7: whether this SIM is refused this plan, now and whenever it is asked again. */
export function refusesPair({ faults }: RouteContext, call: Call, plan: string): boolean {
  const refusing = faults.holding("F7", call).filter((fault) => {
    const thisPlan = fault.spec.plan === undefined || fault.spec.plan === plan;
    return thisPlan && faults.sticks(fault, hashText(call.subject), hashText(plan));
  });
  for (const fault of refusing) fault.struck++;
  return refusing.length > 0;
}

/** F6: how many seconds of the simulator's clock pass before an accepted change is made; 0 makes it now. */
export function changeDelaySeconds({ faults }: RouteContext, call: Call): number {
  return Math.max(0, ...faults.strike("F6", call).map(({ spec }) => spec.delaySeconds ?? 60));
}

/** F5: a successful change whose answer goes missing. */
export function loseAnswer({ faults }: RouteContext, call: Call, answer: Answer): Answer {
  if (call.route !== "editDevice" || answer.kind !== "json" || answer.status >= 300) return answer;
  const fault = faults.strike("F5", call)[0];
  if (fault === undefined) return answer;
  const silence = faults.kindOf(fault, call) === "silence";
  return {
    kind: "lost",
    how: silence ? "silence" : "reset",
    afterMs: silence ? (fault.spec.delayMs ?? 60_000) : 0,
  };
}
