import type { Carrier, CarrierTest } from "../../ports/carrier.ts";
import { apiDevicePage } from "./api-types.ts";
import { formatInstant } from "./carrier-dates.ts";
import { changePlan } from "./change-plan.ts";
import { JasperClient } from "./client.ts";
import type { JasperClientOptions } from "./client.ts";
import { countDevices } from "./count-devices.ts";
import { listDevices } from "./list-devices.ts";
import { listRatePlans } from "./list-rate-plans.ts";
import { listUsage } from "./list-usage.ts";
import { listChanges, readDevice, readUsage, readUsageByPlan } from "./read-device.ts";

const HOUR_MS = 3_600_000;

/** One Control Center account. Make one for each account and process: it remembers refused credentials and outages. */
export function createJasperCarrier(options: JasperClientOptions): Carrier {
  const client = new JasperClient(options);
  return {
    account: options.settings.account,
    test: (call = {}) => test(client, call.signal),
    listDevices: (request, call = {}) => listDevices(client, request, call),
    countDevices: (expected, call = {}) => countDevices(client, expected, call),
    readDevice: (iccid, call = {}) => readDevice(client, iccid, call),
    listUsage: (request, call = {}) => listUsage(client, request, call),
    readUsage: (iccid, call = {}) => readUsage(client, iccid, call),
    readUsageByPlan: (iccid, cycleStart, call = {}) => readUsageByPlan(client, iccid, cycleStart, call),
    listRatePlans: (request, call = {}) => listRatePlans(client, request, call),
    changePlan: (change, call = {}) => changePlan(client, change, call),
    listChanges: (request, call = {}) => listChanges(client, request, call),
  };
}

/** What a listing asks, for the last hour: it also tells a clock that is ahead of the carrier's. */
async function test(client: JasperClient, signal: AbortSignal | undefined): Promise<CarrierTest> {
  const { settings } = client;
  const begunMs = performance.now();
  const since = new Date(client.nowMs() - HOUR_MS);
  const query = {
    accountId: settings.accountId,
    modifiedSince: formatInstant(since, settings.instantForm),
    pageSize: "1",
    pageNumber: "1",
  };
  const result = await client.request({
    method: "GET",
    route: "/devices",
    query,
    schema: apiDevicePage,
    signal,
  });
  if (!result.ok) throw result.failure.error;
  const clockAheadMs =
    result.carrierTime === undefined ? undefined : result.carrierTime.getTime() - result.answeredAt.getTime();
  return { host: settings.baseUrl.host, milliseconds: Math.round(performance.now() - begunMs), clockAheadMs };
}
