import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { html } from "../http/answer.ts";

const USAGE_KEYS = ["ctdDataUsage", "dataUsage"];
const USAGE_ROUTES: readonly string[] = ["ctdUsages", "usages", "usageInZone"];
const USAGE_KINDS = ["null-usage", "string-number"];
const ANY_ROUTE_KINDS = ["malformed", "latin1", "key-case", "html"];

/** F11: the same answer in a shape that a careless reader trips over. */
export function damageBody({ faults }: RouteContext, call: Call, answer: Answer): Answer {
  if (answer.kind !== "json" || answer.status >= 300 || answer.body === undefined) return answer;
  const possible = USAGE_ROUTES.includes(call.route) ? [...ANY_ROUTE_KINDS, ...USAGE_KINDS] : ANY_ROUTE_KINDS;
  const about = call.route === "usages" ? "anything" : "subject";
  for (const fault of faults.holding("F11", call, about)) {
    const kind = faults.kindOf(fault, call, possible);
    if (kind === undefined || !faults.drawn(fault, call)) continue;
    fault.struck++;
    return damaged(answer.status, answer.body, kind, fault.spec.iccids);
  }
  return answer;
}

function damaged(status: number, body: unknown, kind: string, iccids?: readonly string[]): Answer {
  const text = JSON.stringify(body);
  const json = "application/json;charset=ISO-8859-1";
  switch (kind) {
    case "malformed":
      return {
        kind: "bytes",
        status,
        contentType: json,
        bytes: text.slice(0, Math.floor(text.length * 0.6)),
      };
    case "latin1":
      return { kind: "bytes", status, contentType: json, bytes: Buffer.from(text, "latin1") };
    case "key-case":
      return { kind: "json", status, body: withKeys(body, (key) => key.toLowerCase()) };
    case "null-usage":
      return { kind: "json", status, body: withUsage(body, () => null, iccids) };
    case "string-number":
      return { kind: "json", status, body: withUsage(body, String, iccids) };
    default:
      return html(200, "Cisco IoT Control Center");
  }
}

function withKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), withKeys(item, rename)]),
  );
}

/** Replaces usage figures, in the rows of the given ICCIDs where rows name one. */
function withUsage(
  value: unknown,
  replace: (usage: unknown) => unknown,
  iccids?: readonly string[],
): unknown {
  if (Array.isArray(value)) return value.map((item) => withUsage(item, replace, iccids));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const named: unknown = entries.find(([key]) => key === "deviceId" || key === "iccid")?.[1];
  const spared = iccids !== undefined && typeof named === "string" && !iccids.includes(named);
  if (spared) return value;
  return Object.fromEntries(
    entries.map(([key, item]) => [
      key,
      USAGE_KEYS.includes(key) ? replace(item) : withUsage(item, replace, iccids),
    ]),
  );
}
