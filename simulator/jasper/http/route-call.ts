import type { Answer } from "./answer.ts";
import type { Call, RouteContext, RouteName } from "./call.ts";
import { auditTrails } from "../routes/audit-trails.ts";
import { ctdUsages } from "../routes/ctd-usages.ts";
import { deviceDetails } from "../routes/device-details.ts";
import { echo } from "../routes/echo.ts";
import { editDevice } from "../routes/edit-device.ts";
import { rateplans } from "../routes/rateplans.ts";
import { searchDevices } from "../routes/search-devices.ts";
import { usageInZone } from "../routes/usage-in-zone.ts";
import { usages } from "../routes/usages.ts";
import { html } from "./answer.ts";
import { CarrierRefusal, refusal } from "./carrier-errors.ts";

export interface RouteMatch {
  readonly route: RouteName;
  readonly subject: string;
  /** False where the path names another version of the API. */
  readonly versionKnown: boolean;
}

const DEVICE_PARTS: Readonly<Record<string, RouteName>> = {
  ctdUsages: "ctdUsages",
  usageInZone: "usageInZone",
  auditTrails: "auditTrails",
};

/** Which route a path below the base path means, such as `/v1/devices/8901…/ctdUsages`. */
export function matchRoute(method: string, path: string): RouteMatch {
  const [version = "", resource = "", subject = "", part, ...more] = path.split("/").slice(1).map(decode);
  const found = more.length > 0 ? "unknown" : routeName(method, resource, subject, part);
  return { route: found, subject, versionKnown: version === "v1" || !/^v\d+$/.test(version) };
}

function routeName(method: string, resource: string, subject: string, part: string | undefined): RouteName {
  if (resource === "devices" && subject !== "") {
    if (part !== undefined) return method === "GET" ? (DEVICE_PARTS[part] ?? "unknown") : "unknown";
    return method === "GET" ? "deviceDetails" : method === "PUT" ? "editDevice" : "unknown";
  }
  if (method !== "GET" || part !== undefined) return "unknown";
  if (resource === "echo") return "echo";
  if (subject !== "") return "unknown";
  return resource === "devices"
    ? "searchDevices"
    : resource === "usages" || resource === "rateplans"
      ? resource
      : "unknown";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Runs the route; what it refuses becomes the carrier's error answer. */
export function routeCall(context: RouteContext, call: Call): Answer {
  if (
    call.user.accountType === "Essential" &&
    ["usages", "usageInZone", "auditTrails"].includes(call.route)
  ) {
    return refusal("10000079");
  }
  try {
    return answerCall(context, call);
  } catch (error) {
    if (error instanceof CarrierRefusal) return refusal(error.code, error.message);
    throw error;
  }
}

function answerCall(context: RouteContext, call: Call): Answer {
  switch (call.route) {
    case "searchDevices":
      return searchDevices(context, call);
    case "deviceDetails":
      return deviceDetails(context, call);
    case "editDevice":
      return editDevice(context, call);
    case "ctdUsages":
      return ctdUsages(context, call);
    case "usageInZone":
      return usageInZone(context, call);
    case "auditTrails":
      return auditTrails(context, call);
    case "usages":
      return usages(context, call);
    case "rateplans":
      return rateplans(context, call);
    case "echo":
      return echo(call);
    case "unknown":
      return html(404, "404 Not Found");
  }
}
