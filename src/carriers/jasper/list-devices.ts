import { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";
import type {
  CallOptions,
  CallsAhead,
  CarrierDevice,
  DeviceListRequest,
  DevicePage,
  RejectedRow,
} from "../../ports/carrier.ts";
import type { CallResult } from "../call-failure.ts";
import { pagesAtOnce } from "../pages-at-once.ts";
import { apiDevicePage, apiDeviceRow } from "./api-types.ts";
import { formatInstant } from "./carrier-dates.ts";
import type { JasperClient } from "./client.ts";
import { advance, beginListing, pagesToCome, requestAfter, requestsOf } from "./device-listing.ts";
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

const descent = z.object({
  page,
  seen: z.string(),
  isRepeated: z.boolean(),
  floor: z.int().min(0),
  meets: z.array(z.string()).optional(),
});

const phase = z.discriminatedUnion("at", [
  z.object({ at: z.literal("search"), page, low: z.int().min(0), seen: z.string() }),
  z.object({ at: z.literal("halve"), low: z.int().min(0), high: page }),
  z.object({ at: z.literal("descend"), descents: z.array(descent).min(1), top: page, topSeen: z.string() }),
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
  const beganMs = client.nowMs();
  const { ahead = ONE_STEP } = request;
  const pages = await readPages(client, state, ahead, options);
  const answers: PageAnswer[] = [];
  for (const { answer } of pages) {
    if (answer instanceof PoolwiseError) throw answer;
    answers.push(answer);
  }
  const step = advance(state, answers, terms);
  if ("fault" in step || step.next?.phase.at !== "descend" || step.next.doubts > 0) await ahead.settle();
  if ("fault" in step) {
    const cursor = JSON.stringify({ ...state, doubts: 0, searches: 0 });
    if (step.fault === "page-limit") throw pageLimit(step.came, terms.maxPages, settings, cursor);
    throw contradiction(
      client.placeOf(callFor((pages[0] as ReadPage).asked, settings, options)),
      step.came,
      "The list cannot be trusted and nothing was concluded from it: try again later, or show this to the carrier.",
      cursor,
    );
  }
  const pagesRead = step.next?.pagesRead ?? state.pagesRead + (step.take ? pages.length : 0);
  let read: ReadRows | undefined;
  // Read when they are asked for: whoever wants the next pages meanwhile can ask for them first.
  const rows = (): ReadRows => (read ??= step.take ? readRows(pages, settings) : NO_ROWS);
  return {
    get devices() {
      return rows().devices;
    },
    get rejected() {
      return rows().rejected;
    },
    sequence: state.steps + 1,
    cursor: step.next === undefined ? undefined : JSON.stringify(step.next),
    startedAt: new Date(state.startedMs ?? answers[0]?.atMs ?? beganMs),
    since: new Date(state.sinceMs),
    pagesRead,
    pagesKnown: pagesRead + (step.next === undefined ? 0 : pagesToCome(step.next.phase)),
    settled: step.settled,
  };
}

type PageResult = CallResult<z.output<typeof apiDevicePage>>;

interface ReadPage {
  readonly asked: PageRequest;
  readonly result: PageResult;
  readonly answer: PageAnswer | PoolwiseError;
}

/** Calls of this step alone. */
const ONE_STEP: CallsAhead = {
  begin: () => undefined,
  take: (_place, ask) => ask(),
  settle: () => Promise.resolve(),
};

/** The pages of one step. As soon as one has come, the page that is read after it is asked for. */
async function readPages(
  client: JasperClient,
  state: ListingState,
  ahead: CallsAhead,
  options: CallOptions,
): Promise<ReadPage[]> {
  const requests = requestsOf(state);
  const read = async (asked: PageRequest): Promise<ReadPage> => {
    const beganMs = client.nowMs();
    const result = await client.request(callFor(asked, client.settings, options));
    // What an answer comes to is worked out while others are still awaited.
    return { asked, result, answer: answerOf(result, asked, beganMs) };
  };
  return await Promise.all(
    requests.map(async (asked, index) => {
      const page = await ahead.take(placeOf(state.steps, asked), () => read(asked));
      if (page.answer instanceof PoolwiseError) return page;
      const next = requestAfter(state, index, page.answer);
      if (next !== undefined) ahead.begin(placeOf(state.steps + requests.length, next), () => read(next));
      return page;
    }),
  );
}

const placeOf = (steps: number, { page, floor }: PageRequest): string => `${steps}: ${page} above ${floor}`;

type ReadRows = Pick<DevicePage, "devices" | "rejected">;

const NO_ROWS: ReadRows = { devices: [], rejected: [] };

function readRows(pages: readonly ReadPage[], settings: JasperSettings): ReadRows {
  const devices: CarrierDevice[] = [];
  const rejected: RejectedRow[] = [];
  for (const { asked, result } of pages) {
    if (!result.ok) continue;
    const place = `GET /devices page ${asked.page}`;
    const mapped = mapRows(result.value.devices, place, apiDeviceRow, (row) =>
      fromApiDevice(row, settings.iccidForm),
    );
    devices.push(...mapped.rows);
    rejected.push(...mapped.rejected);
  }
  return { devices, rejected };
}

function callFor(asked: PageRequest, settings: JasperSettings, { signal }: CallOptions) {
  return {
    method: "GET",
    route: "/devices",
    query: queryOf(asked, settings),
    schema: apiDevicePage,
    signal,
  } as const;
}

function termsOf(settings: JasperSettings, request: DeviceListRequest): ListingTerms {
  return {
    windowMs: settings.tillDefault === "none" ? undefined : 365 * DAY_MS,
    skewMs: settings.skewMs,
    maxTailPasses: settings.maxTailPasses,
    maxPages: request.maxPages ?? DEFAULT_MAX_PAGES,
    descents: pagesAtOnce(settings.concurrency),
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
function answerOf(result: PageResult, asked: PageRequest, beganMs: number): PageAnswer | PoolwiseError {
  if (!result.ok) {
    const { refused, status, error } = result.failure;
    const pastEnd = asked.page > 1 && refused && status === 400 && error.code === "carrier-refused";
    return pastEnd ? { rows: undefined, atMs: beganMs, latestMs: beganMs } : error;
  }
  const carrierMs = result.carrierTime?.getTime() ?? beganMs;
  const { devices, lastPage, pageNumber } = result.value;
  const each = (): string[] => devices.map(digestOf);
  const rows = { count: devices.length, lastPage, seen: digestOf(devices), each, page: pageNumber };
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
