import type { SimulatedUser } from "../options.ts";
import type { FaultInjector } from "../faults/fault-injector.ts";
import type { World } from "../world.ts";

export const ROUTES = [
  "searchDevices",
  "deviceDetails",
  "editDevice",
  "ctdUsages",
  "usageInZone",
  "auditTrails",
  "usages",
  "rateplans",
  "echo",
  "unknown",
] as const;

export type RouteName = (typeof ROUTES)[number];

/** One call of the carrier's API on its way through the simulator. */
export interface Call {
  /** 1, 2, … in the order of arrival. */
  readonly number: number;
  readonly route: RouteName;
  /** The ICCID of the path, or echo's text. */
  readonly subject: string;
  readonly query: URLSearchParams;
  /** The raw body of a PUT. */
  readonly body: string;
  readonly nowMs: number;
  readonly user: SimulatedUser;
}

export interface RouteContext {
  readonly world: World;
  readonly faults: FaultInjector;
}
