import type { Call, RouteContext } from "../http/call.ts";
import type { Page } from "../http/query.ts";

/** F9: whether a search without modifiedTill stops one year after modifiedSince. */
export function truncatesWindow({ faults }: RouteContext, call: Call): boolean {
  return faults.strike("F9", call, "anything").length > 0;
}

export interface PagingFault {
  /** The page whose rows are given; 0 gives none. */
  readonly rowsOfPage: number;
  readonly neverLast: boolean;
}

/** F10: which rows a page really gives, and whether it may say that it is the last. */
export function misbehavingPage({ faults }: RouteContext, call: Call, page: Page): PagingFault {
  let rowsOfPage = page.number;
  let neverLast = false;
  for (const fault of faults.holding("F10", call, "anything")) {
    const { page: onlyPage, kind = "never-last" } = fault.spec;
    if (onlyPage !== undefined && onlyPage !== page.number) continue;
    if (!faults.drawn(fault, call)) continue;
    fault.struck++;
    if (kind === "never-last") neverLast = true;
    else if (kind === "empty-page") rowsOfPage = 0;
    else rowsOfPage = Math.max(1, page.number - 1);
  }
  return { rowsOfPage, neverLast };
}
