import type { z } from "zod";
import type {
  CallOptions,
  ChangeListRequest,
  ChangePage,
  CycleUsage,
  DeviceDetails,
  DeviceUsage,
} from "../../ports/carrier.ts";
import {
  apiAuditPage,
  apiAuditRecord,
  apiCycleToDate,
  apiDeviceDetails,
  apiUsageInZone,
} from "./api-types.ts";
import { formatDay } from "./carrier-dates.ts";
import type { ApiCall, JasperClient } from "./client.ts";
import { CARRIER_CODE } from "./error-codes.ts";
import { contradiction } from "./failure.ts";
import { toApiIccid } from "./iccid.ts";
import { fromApiAudit, fromApiCycleToDate, fromApiDetails, fromApiUsageInZone, mapRows } from "./mapping.ts";
import type { Mapped } from "./mapping.ts";
import { nextPage, pageCursor } from "./page-cursor.ts";
import { readCursor } from "./read-cursor.ts";

type ReadCall<Schema extends z.ZodType> = ApiCall<Schema> & { readonly method: "GET" };

/** undefined where the carrier does not know the SIM. */
async function readOfSim<Schema extends z.ZodType>(
  client: JasperClient,
  call: ReadCall<Schema>,
): Promise<z.output<Schema> | undefined> {
  const result = await client.request(call);
  if (result.ok) return result.value;
  if (result.failure.carrierCode === CARRIER_CODE.iccidNotFound) return undefined;
  throw result.failure.error;
}

async function mapped<Schema extends z.ZodType, T extends { readonly iccid: string }>(
  client: JasperClient,
  iccid: string,
  call: ReadCall<Schema>,
  map: (row: z.output<Schema>) => Mapped<T>,
): Promise<T | undefined> {
  const row = await readOfSim(client, call);
  if (row === undefined) return undefined;
  const result = map(row);
  const came =
    "reason" in result
      ? result.reason
      : result.value.iccid === iccid
        ? undefined
        : `SIM ${result.value.iccid} came instead`;
  if (came !== undefined)
    throw contradiction(client.placeOf(call), came, "The answer was not taken: show this to the carrier.");
  return "value" in result ? result.value : undefined;
}

export async function readDevice(
  client: JasperClient,
  iccid: string,
  { signal }: CallOptions,
): Promise<DeviceDetails | undefined> {
  const { iccidForm } = client.settings;
  const asked = toApiIccid(iccid, iccidForm);
  if (asked === undefined) return undefined;
  const call = {
    method: "GET",
    route: "/devices/{iccid}",
    path: { iccid: asked },
    schema: apiDeviceDetails,
    signal,
  } as const;
  return mapped(client, iccid, call, (row) => fromApiDetails(row, iccidForm));
}

export async function readUsage(
  client: JasperClient,
  iccid: string,
  { signal }: CallOptions,
): Promise<DeviceUsage | undefined> {
  const { iccidForm } = client.settings;
  const asked = toApiIccid(iccid, iccidForm);
  if (asked === undefined) return undefined;
  const call = {
    method: "GET",
    route: "/devices/{iccid}/ctdUsages",
    path: { iccid: asked },
    schema: apiCycleToDate,
    signal,
  } as const;
  return mapped(client, iccid, call, (row) => fromApiCycleToDate(row, iccidForm));
}

export async function readUsageByPlan(
  client: JasperClient,
  iccid: string,
  cycleStart: string | undefined,
  { signal }: CallOptions,
): Promise<CycleUsage | undefined> {
  const { iccidForm, timeZone } = client.settings;
  const asked = toApiIccid(iccid, iccidForm);
  if (asked === undefined) return undefined;
  const query = { cycleStartDate: cycleStart === undefined ? undefined : formatDay(cycleStart, timeZone) };
  const call = {
    method: "GET",
    route: "/devices/{iccid}/usageInZone",
    path: { iccid: asked },
    query,
    schema: apiUsageInZone,
    signal,
  } as const;
  return mapped(client, iccid, call, (answer) => fromApiUsageInZone(answer, iccidForm));
}

export async function listChanges(
  client: JasperClient,
  request: ChangeListRequest,
  { signal }: CallOptions,
): Promise<ChangePage | undefined> {
  const { iccidForm, pageSize } = client.settings;
  const asked = toApiIccid(request.iccid, iccidForm);
  if (asked === undefined) return undefined;
  const at =
    request.cursor === undefined ? { page: 1, seen: "", doubts: 0 } : readCursor(request.cursor, pageCursor);
  const query = {
    daysOfHistory: String(request.days ?? 30),
    pageSize: String(pageSize),
    pageNumber: String(at.page),
  };
  const call = {
    method: "GET",
    route: "/devices/{iccid}/auditTrails",
    path: { iccid: asked },
    query,
    schema: apiAuditPage,
    signal,
  } as const;
  const page = await readOfSim(client, call);
  if (page === undefined) return undefined;
  const { deviceAuditTrails: records, lastPage, pageNumber } = page;
  const next = nextPage(at, { rows: records, lastPage, pageNumber }, client.placeOf(call));
  const place = `GET /devices/${asked}/auditTrails page ${at.page}`;
  const { rows, rejected } = mapRows(next.take ? records : [], place, apiAuditRecord, fromApiAudit);
  return { changes: rows, rejected, cursor: next.cursor };
}
