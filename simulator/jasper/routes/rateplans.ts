import { toRatePlanBody } from "../catalogue/to-rate-plan-body.ts";
import { ok } from "../http/answer.ts";
import type { Answer } from "../http/answer.ts";
import type { Call, RouteContext } from "../http/call.ts";
import { refuse } from "../http/carrier-errors.ts";
import { allowOnly, project, readPage } from "../http/query.ts";

/** GET /rateplans: published plans, every live version, for account administrators. */
export function rateplans({ world }: RouteContext, call: Call): Answer {
  const { settings, catalogue } = world;
  if (call.user.role !== "AccountAdmin") refuse("10000030");
  allowOnly(call.query, ["accountId", "pageSize", "pageNumber", "fields"]);
  const accountId = call.query.get("accountId");
  if (accountId !== null && !/^\d{1,18}$/.test(accountId)) refuse("10000004");
  if (accountId !== null && accountId !== String(settings.accountId)) refuse("10000062");
  const page = readPage(call.query, settings.pageSizeOver);
  const versions = catalogue.plans.filter((plan) => plan.published).flatMap((plan) => plan.versions);
  const onPage = versions.slice(page.offset, page.offset + page.size);
  const body = {
    operatorName: "Simulated Operator",
    operatorId: 7001,
    timeStamp: new Date(call.nowMs).toISOString(),
    pageNumber: page.number,
    lastPage: page.offset + page.size >= versions.length,
    ratePlans: onPage.map((version) => toRatePlanBody(version, settings.accountId)),
  };
  return ok(project(body, call.query));
}
