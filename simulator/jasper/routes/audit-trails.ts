import { formatDetailDate } from "../clock/carrier-dates.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";
import { allowOnly, project, readPage } from "../http/query.ts";
import { textOf } from "../store/apply-change.ts";
import type { Change } from "../store/change-log.ts";
import type { World } from "../world.ts";
import { findDevice } from "./find-device.ts";

const DAY_MS = 86_400_000;

/** GET /devices/{iccid}/auditTrails: newest first, with the changes that are still to come. */
export function auditTrails(context: RouteContext, call: Call): Answer {
  const { world } = context;
  allowOnly(call.query, ["daysOfHistory", "pageSize", "pageNumber", "fields"]);
  const device = findDevice(context, call);
  const days = call.query.get("daysOfHistory") ?? "30";
  if (!/^\d{1,6}$/.test(days) || Number(days) > 365) refuse("10000049");
  const page = readPage(call.query, world.settings.pageSizeOver);
  const sinceMs = call.nowMs - Number(days) * DAY_MS;
  const shown = [...world.log.of(device)].filter(
    (change) => change.state !== "hidden" && change.atMs >= sinceMs,
  );
  const onPage = shown.slice(page.offset, page.offset + page.size);
  const body = {
    iccid: call.subject,
    pageNumber: page.number,
    deviceAuditTrails: onPage.map((change) => record(world, change)),
    lastPage: page.offset + page.size >= shown.length,
  };
  return ok(project(body, call.query));
}

function record(world: World, change: Change): Record<string, string | null> {
  return {
    field: change.field,
    priorValue: textOf(world, change.field, change.prior),
    value: textOf(world, change.field, change.value),
    effectiveDate: formatDetailDate(change.effectiveMs),
    status: change.state,
    userName: world.strings.textOf(change.user),
    delegatedUser: null,
    ipAddress: "127.0.0.1",
  };
}
