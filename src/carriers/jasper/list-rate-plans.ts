import type { CallOptions, CursorRequest, RatePlanPage } from "../../ports/carrier.ts";
import { apiRatePlan, apiRatePlanPage } from "./api-types.ts";
import type { JasperClient } from "./client.ts";
import { fromApiRatePlan, mapRows } from "./mapping.ts";
import { nextPage, pageCursor } from "./page-cursor.ts";
import type { PageCursor } from "./page-cursor.ts";
import { readCursor } from "./read-cursor.ts";

const FIRST: PageCursor = { page: 1, seen: "", doubts: 0 };

export async function listRatePlans(
  client: JasperClient,
  request: CursorRequest,
  options: CallOptions,
): Promise<RatePlanPage> {
  const { settings } = client;
  const at = request.cursor === undefined ? FIRST : readCursor(request.cursor, pageCursor);
  const query = {
    accountId: settings.accountId,
    pageSize: String(settings.pageSize),
    pageNumber: String(at.page),
  };
  const call = {
    method: "GET",
    route: "/rateplans",
    query,
    schema: apiRatePlanPage,
    signal: options.signal,
  } as const;
  const { ratePlans, lastPage, pageNumber } = await client.read(call);
  const next = nextPage(at, { rows: ratePlans, lastPage, pageNumber }, client.placeOf(call));
  const mapped = mapRows(
    next.take ? ratePlans : [],
    `GET /rateplans page ${at.page}`,
    apiRatePlan,
    fromApiRatePlan,
  );
  return { plans: mapped.rows, rejected: mapped.rejected, cursor: next.cursor };
}
