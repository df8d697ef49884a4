import { parseInstantMs } from "../clock/carrier-dates.ts";
import { misbehavingPage, truncatesWindow } from "../faults/list-faults.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";
import { allowOnly, readPage } from "../http/query.ts";
import type { Page } from "../http/query.ts";
import { isStatus } from "../store/statuses.ts";
import type { World } from "../world.ts";

const CUSTOM_FIELDS = [
  ...Array.from({ length: 10 }, (_, i) => `accountCustom${i + 1}`),
  ...Array.from({ length: 5 }, (_, i) => `operatorCustom${i + 1}`),
  ...Array.from({ length: 5 }, (_, i) => `customerCustom${i + 1}`),
];

const PARAMETERS = [
  "accountId",
  "modifiedSince",
  "modifiedTill",
  "status",
  "pageSize",
  "pageNumber",
  "fields",
  ...CUSTOM_FIELDS,
];

/** GET /devices: a live list, oldest change first. */
export function searchDevices(context: RouteContext, call: Call): Answer {
  const { world } = context;
  allowOnly(call.query, PARAMETERS);
  checkAccount(world, call.query);
  const page = readPage(call.query, world.settings.pageSizeOver);
  const window = readWindow(context, call);
  const filter = readFilter(world, call.query);
  const fault = misbehavingPage(context, call, page);
  const { devices, last, beyond } = readDevices(world, window, filter, page);
  if (beyond && world.settings.pastEnd === "refuse") refuse("10000007");
  const rows =
    fault.rowsOfPage === page.number ? devices : rowsOf(world, window, filter, page, fault.rowsOfPage);
  return ok({
    pageNumber: page.number,
    devices: rows.map((device) => row(world, device)),
    lastPage: last && !fault.neverLast && fault.rowsOfPage === page.number,
  });
}

function row(world: World, device: number): Record<string, string> {
  const { devices, catalogue, communicationPlans } = world;
  return {
    iccid: devices.iccidOf(device),
    status: devices.statusOf(device),
    ratePlan: catalogue.version(devices.planVersion[device] as number).plan.name,
    communicationPlan: communicationPlans[devices.communicationPlan[device] as number] ?? "",
  };
}

function checkAccount(world: World, query: URLSearchParams): void {
  const accountId = query.get("accountId");
  if (accountId === null) return;
  if (!/^\d{1,18}$/.test(accountId)) refuse("10000004");
  if (accountId !== String(world.settings.accountId)) refuse("10000062");
}

interface Window {
  readonly sinceMs: number;
  /** Included. */
  readonly tillMs: number;
}

const YEAR_MS = 365 * 86_400_000;

function readWindow(context: RouteContext, call: Call): Window {
  const { settings } = context.world;
  const since = call.query.get("modifiedSince");
  if (since === null || since === "") refuse("10000003");
  const sinceMs = parseInstantMs(since) ?? refuse("10000012");
  if (settings.lookback === "one-year") {
    if (sinceMs > call.nowMs) refuse("10002119");
    if (sinceMs < call.nowMs - YEAR_MS) refuse("10000045");
  }
  const till = call.query.get("modifiedTill");
  if (till !== null) {
    const tillMs = parseInstantMs(till) ?? refuse("10000012");
    return tillMs < sinceMs ? refuse("10000027") : { sinceMs, tillMs };
  }
  const truncated = truncatesWindow(context, call) || settings.tillDefault === "one-year";
  return { sinceMs, tillMs: truncated ? sinceMs + YEAR_MS : Infinity };
}

type Filter = (device: number) => boolean;

function readFilter(world: World, query: URLSearchParams): Filter | undefined {
  const wanted = CUSTOM_FIELDS.filter((name) => query.has(name));
  const status = query.get("status");
  if (status !== null && !isStatus(status)) refuse("10000005");
  if (wanted.length === 0 && status === null) return undefined;
  return (device) =>
    (status === null || world.devices.statusOf(device) === status) &&
    wanted.every((name) => (world.devices.text(device, name) ?? "") === query.get(name));
}

interface Rows {
  readonly devices: readonly number[];
  readonly last: boolean;
  readonly beyond: boolean;
}

function readDevices(world: World, window: Window, filter: Filter | undefined, page: Page): Rows {
  const first = world.order.countBefore(window.sinceMs);
  const end = window.tillMs === Infinity ? world.order.size : world.order.countBefore(window.tillMs + 1);
  if (filter !== undefined) return filtered(world, first, end, filter, page);
  const total = Math.max(0, end - first);
  const devices = world.order.slice(
    first + page.offset,
    Math.max(0, Math.min(page.size, total - page.offset)),
  );
  return { devices, last: page.offset + page.size >= total, beyond: page.number > 1 && page.offset >= total };
}

function filtered(world: World, first: number, end: number, filter: Filter, page: Page): Rows {
  const devices: number[] = [];
  let rank = first;
  let matching = 0;
  for (const device of world.order.from(first)) {
    if (rank++ >= end) break;
    if (!filter(device)) continue;
    if (matching >= page.offset + page.size) return { devices, last: false, beyond: false };
    if (matching++ >= page.offset) devices.push(device);
  }
  return { devices, last: true, beyond: page.number > 1 && matching <= page.offset };
}

function rowsOf(
  world: World,
  window: Window,
  filter: Filter | undefined,
  page: Page,
  number: number,
): readonly number[] {
  if (number === 0) return [];
  return readDevices(world, window, filter, { ...page, number, offset: (number - 1) * page.size }).devices;
}
