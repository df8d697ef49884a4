import { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";
import type { CallOptions, DeviceListRequest, DevicePage } from "../../ports/carrier.ts";
import type { CallResult } from "../call-failure.ts";
import { apiDevicePage, apiDeviceRow } from "./api-types.ts";
import { formatInstant } from "./carrier-dates.ts";
import type { JasperClient } from "./client.ts";
import { advance, beginListing, pagesToCome, requestOf } from "./device-listing.ts";
import type { ListingState, ListingTerms, PageAnswer, PageRequest } from "./device-listing.ts";
import { contradiction } from "./failure.ts";
import { fromApiDevice, mapRows } from "./mapping.ts";
import { digestOf } from "./page-cursor.ts";
import { readCursor } from "./read-cursor.ts";
import type { JasperSettings } from "./settings.ts";

const DAY_MS = 86_400_000;
const DEFAULT_MAX_PAGES = 1_000;

const instantMs = z.int();
const page = z.int().min(1);

const phase = z.discriminatedUnion("at", [
  z.object({ at: z.literal("search"), page, low: z.int().min(0), seen: z.string() }),
  z.object({ at: z.literal("halve"), low: z.int().min(0), high: page }),
  z.object({ at: z.literal("descend"), page, top: page, topSeen: z.string(), seen: z.string() }),
  z.object({ at: z.literal("compare"), page, top: page, topSeen: z.string(), seen: z.string() }),
  z.object({ at: z.literal("recheck"), page, seen: z.string() }),
]);

const listingCursor = z.object({
  sinceMs: instantMs,
  startedMs: instantMs.optional(),
  pass: z.int().min(0),
  passStartedMs: instantMs.optional(),
  windowStartMs: instantMs,
  windowEndMs: instantMs.optional(),
  phase,
  steps: z.int().min(0),
  pagesRead: z.int().min(0),
  doubts: z.int().min(0),
  searches: z.int().min(0),
});

export async function listDevices(
  client: JasperClient,
  request: DeviceListRequest,
  options: CallOptions,
): Promise<DevicePage> {
  const { settings } = client;
  const terms = termsOf(settings, request);
  const state = request.cursor === undefined ? begin(client, request, terms) : resume(request.cursor);
  const asked = requestOf(state);
  const call = {
    method: "GET",
    route: "/devices",
    query: queryOf(asked, settings),
    schema: apiDevicePage,
    signal: options.signal,
  } as const;
  const beganMs = client.nowMs();
  const result = await client.request(call);
  const place = client.placeOf(call);
  const answer = answerOf(result, asked, beganMs);
  if (answer instanceof PoolwiseError) throw answer;
  const step = advance(state, answer, terms);
  if ("fault" in step) {
    const cursor = JSON.stringify({ ...state, doubts: 0, searches: 0 });
    if (step.fault === "page-limit") throw pageLimit(step.came, terms.maxPages, settings, cursor);
    throw contradiction(
      place,
      step.came,
      "The list cannot be trusted and nothing was concluded from it: try again later, or show this to the carrier.",
      cursor,
    );
  }
  const rows = result.ok && step.take ? result.value.devices : [];
  const mapped = mapRows(rows, `GET /devices page ${asked.page}`, apiDeviceRow, (row) =>
    fromApiDevice(row, settings.iccidForm),
  );
  return {
    devices: mapped.rows,
    rejected: mapped.rejected,
    sequence: state.steps + 1,
    cursor: step.next === undefined ? undefined : JSON.stringify(step.next),
    startedAt: new Date(state.startedMs ?? answer.atMs),
    since: new Date(state.sinceMs),
    pagesRead: step.next?.pagesRead ?? state.pagesRead + (step.take ? 1 : 0),
    pagesKnown:
      (step.next?.pagesRead ?? state.pagesRead + 1) +
      (step.next === undefined ? 0 : pagesToCome(step.next.phase)),
    settled: step.settled,
  };
}

function termsOf(settings: JasperSettings, request: DeviceListRequest): ListingTerms {
  return {
    windowMs: settings.tillDefault === "none" ? undefined : 365 * DAY_MS,
    skewMs: settings.skewMs,
    maxTailPasses: settings.maxTailPasses,
    maxPages: request.maxPages ?? DEFAULT_MAX_PAGES,
  };
}

function begin(client: JasperClient, request: DeviceListRequest, terms: ListingTerms): ListingState {
  const { modifiedSince } = request;
  const sinceMs = modifiedSince === undefined ? beginOfTime(client) : modifiedSince.getTime() - terms.skewMs;
  return beginListing(sinceMs, client.nowMs(), terms);
}

/** Since when a whole listing asks. */
export function beginOfTime(client: JasperClient): number {
  const { lookBack } = client.settings;
  return "since" in lookBack
    ? Date.parse(`${lookBack.since}T00:00:00Z`)
    : client.nowMs() - lookBack.days * DAY_MS;
}

function resume(cursor: string): ListingState {
  const read = readCursor(cursor, listingCursor);
  return {
    ...read,
    startedMs: read.startedMs,
    passStartedMs: read.passStartedMs,
    windowEndMs: read.windowEndMs,
  };
}

function queryOf(asked: PageRequest, settings: JasperSettings): Record<string, string | undefined> {
  return {
    accountId: settings.accountId,
    modifiedSince: formatInstant(new Date(asked.sinceMs), settings.instantForm),
    modifiedTill:
      asked.tillMs === undefined
        ? undefined
        : formatInstant(new Date(asked.tillMs + 999), settings.instantForm),
    pageSize: String(settings.pageSize),
    pageNumber: String(asked.page),
  };
}

/** A refusal of a later page says that it lies past the end; any other failure is an error. */
function answerOf(
  result: CallResult<z.output<typeof apiDevicePage>>,
  asked: PageRequest,
  beganMs: number,
): PageAnswer | PoolwiseError {
  if (!result.ok) {
    const { refused, status, error } = result.failure;
    const pastEnd = asked.page > 1 && refused && status === 400 && error.code === "carrier-refused";
    return pastEnd ? { rows: undefined, atMs: beganMs, latestMs: beganMs } : error;
  }
  const carrierMs = result.carrierTime?.getTime() ?? beganMs;
  const { devices, lastPage, pageNumber } = result.value;
  const rows = { count: devices.length, lastPage, seen: digestOf(devices), page: pageNumber };
  return { rows, atMs: Math.min(beganMs, carrierMs), latestMs: Math.max(beganMs, carrierMs) };
}

function pageLimit(came: string, maxPages: number, settings: JasperSettings, cursor: string): PoolwiseError {
  const sims = maxPages * settings.pageSize;
  return new PoolwiseError(
    "carrier-page-limit",
    `Carrier account ${settings.account}, GET /devices at ${settings.baseUrl.host}: ${came}. If it has more than ${sims} SIMs, raise MAX_PAGES_TO_PROCESS; otherwise the carrier's paging is at fault.`,
    {
      data: {
        account: settings.account,
        host: settings.baseUrl.host,
        route: "GET /devices",
        limit: maxPages,
        cursor,
      },
    },
  );
}
