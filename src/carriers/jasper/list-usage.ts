import { z } from "zod";
import { PoolwiseError } from "../../billing/errors.ts";
import type {
  CallOptions,
  PlanUsageRow,
  RejectedRow,
  UnservedPlan,
  UsageListRequest,
  UsagePage,
} from "../../ports/carrier.ts";
import type { CallFailure } from "../call-failure.ts";
import { apiPlanUsageRow, apiUsagePage } from "./api-types.ts";
import type { ApiUsagePage } from "./api-types.ts";
import { formatDay } from "./carrier-dates.ts";
import type { JasperClient } from "./client.ts";
import { isNoAccess, isOurFault } from "./error-codes.ts";
import { contradiction } from "./failure.ts";
import { fromApiPlanUsage, mapRows } from "./mapping.ts";
import { digestOf, nonsenseOf, pageCursor } from "./page-cursor.ts";
import { clip } from "./quirks.ts";
import { readCursor } from "./read-cursor.ts";

const DEFAULT_MAX_PAGES = 1_000;
const MAX_DOUBTS = 3;

const usageCursor = pageCursor.extend({ plan: z.int().min(0), name: z.string(), version: z.int().min(0) });

type Cursor = z.infer<typeof usageCursor>;

/**
 * Reads forwards, unlike the fleet: what comes in between is new usage, which pushes rows onto later pages, where they
 * come again and replace themselves.
 */
export async function listUsage(
  client: JasperClient,
  request: UsageListRequest,
  options: CallOptions,
): Promise<UsagePage> {
  const at = request.cursor === undefined ? startOf(request, 0) : readCursor(request.cursor, usageCursor);
  if (at === undefined) return NOTHING;
  const plan = request.plans[at.plan];
  if (plan?.name !== at.name) {
    throw new PoolwiseError(
      "option-invalid",
      "The cursor belongs to a usage listing of other rate plans. Begin anew, without a cursor.",
    );
  }
  const version = plan.versions[at.version];
  const call = {
    method: "GET",
    route: "/usages",
    query: queryOf(client, request, at, version),
    schema: apiUsagePage,
    signal: options.signal,
  } as const;
  const result = await client.request(call);
  if (!result.ok) return unserved(request, at, result.failure);
  const page = result.value;
  const seen = digestOf(page.zones ?? []);
  const rows = (page.zones ?? []).flatMap((zone) => zone.devices ?? []);
  const came = nonsenseOf(at, { rows, lastPage: page.lastPage, pageNumber: page.pageNumber }, seen);
  if (came !== undefined) {
    if (at.doubts < MAX_DOUBTS) return { ...NOTHING, cursor: encode({ ...at, doubts: at.doubts + 1 }) };
    const mend =
      "The usage of this plan cannot be trusted and was not taken: try again later, or show this to the carrier.";
    throw contradiction(client.placeOf(call), came, mend, encode({ ...at, doubts: 0 }));
  }
  if (!page.lastPage && at.page >= (request.maxPages ?? DEFAULT_MAX_PAGES))
    throw pageLimit(client, at, request.maxPages ?? DEFAULT_MAX_PAGES);
  const mapped = mapZones(page, at, version ?? "", client);
  return {
    ...mapped,
    unserved: [],
    cursor: encode(page.lastPage ? nextVersion(request, at) : { ...at, page: at.page + 1, seen, doubts: 0 }),
  };
}

const NOTHING: UsagePage = { rows: [], rejected: [], unserved: [], cursor: undefined };

const encode = (cursor: Cursor | undefined): string | undefined =>
  cursor === undefined ? undefined : JSON.stringify(cursor);

function startOf(request: UsageListRequest, plan: number): Cursor | undefined {
  const name = request.plans[plan]?.name;
  return name === undefined ? undefined : { plan, name, version: 0, page: 1, seen: "", doubts: 0 };
}

function nextVersion(request: UsageListRequest, at: Cursor): Cursor | undefined {
  const versions = request.plans[at.plan]?.versions.length ?? 0;
  if (at.version + 1 < versions) return { ...at, version: at.version + 1, page: 1, seen: "", doubts: 0 };
  return startOf(request, at.plan + 1);
}

function queryOf(
  client: JasperClient,
  request: UsageListRequest,
  at: Cursor,
  version: string | undefined,
): Record<string, string | undefined> {
  const { settings } = client;
  const { cycleStart } = request;
  const dated =
    settings.usagesDateForm === "date" ? cycleStart : cycleStart && formatDay(cycleStart, settings.timeZone);
  return {
    ratePlanName: at.name,
    ratePlanVersion: version,
    cycleStartDate: dated,
    usageType: "DATA",
    pageSize: String(settings.pageSize),
    pageNumber: String(at.page),
  };
}

function mapZones(
  page: ApiUsagePage,
  at: Cursor,
  version: string,
  client: JasperClient,
): { rows: PlanUsageRow[]; rejected: RejectedRow[] } {
  const rows: PlanUsageRow[] = [];
  const rejected: RejectedRow[] = [];
  (page.zones ?? []).forEach((zone, index) => {
    const name = zone.zoneName || zone.zone || zone.name || `page ${at.page}, zone ${index + 1}`;
    const place = `GET /usages of ${at.name}, page ${at.page}, zone ${index + 1}`;
    const plan = { name: at.name, version };
    const mapped = mapRows(zone.devices ?? [], place, apiPlanUsageRow, (row) =>
      fromApiPlanUsage(row, plan, name, client.settings.iccidForm),
    );
    rows.push(...mapped.rows);
    rejected.push(...mapped.rejected);
  });
  return { rows, rejected };
}

/** Shared plans, renamed plans and accounts without this route: their SIMs are asked for one by one. */
function unserved(request: UsageListRequest, at: Cursor, failure: CallFailure): UsagePage {
  const { error, refused, carrierCode } = failure;
  if (!refused || error.code !== "carrier-refused") throw error;
  const ownFault = isOurFault(carrierCode) && at.page === 1;
  if (ownFault) throw error;
  const noAccess = isNoAccess(carrierCode);
  const plans = noAccess ? request.plans.slice(at.plan) : request.plans.slice(at.plan, at.plan + 1);
  const reason = clip(error.message, 300);
  return {
    ...NOTHING,
    unserved: plans.map(({ name }): UnservedPlan => ({ ratePlan: name, reason })),
    cursor: noAccess ? undefined : encode(startOf(request, at.plan + 1)),
  };
}

function pageLimit(client: JasperClient, at: Cursor, maxPages: number): PoolwiseError {
  const { account, baseUrl } = client.settings;
  return new PoolwiseError(
    "carrier-page-limit",
    `Carrier account ${account}, GET /usages of ${at.name} at ${baseUrl.host}: page ${at.page} is not the last, and ${maxPages} pages are the most that are read. If the plan has more SIMs, raise MAX_PAGES_TO_PROCESS; otherwise the carrier's paging is at fault.`,
    {
      data: {
        account,
        host: baseUrl.host,
        route: "GET /usages",
        ratePlan: at.name,
        limit: maxPages,
        cursor: JSON.stringify(at),
      },
    },
  );
}
