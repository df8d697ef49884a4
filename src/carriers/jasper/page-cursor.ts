import { createHash } from "node:crypto";
import { z } from "zod";
import { contradiction } from "./failure.ts";
import type { CallPlace } from "./failure.ts";

/** Where a list that does not move is read, page by page. */
export const pageCursor = z.object({ page: z.int().min(1), seen: z.string(), doubts: z.int().min(0) });

export type PageCursor = z.infer<typeof pageCursor>;

export interface ListedPage {
  readonly rows: readonly unknown[];
  readonly lastPage: boolean;
  readonly pageNumber: number | undefined;
}

const MAX_DOUBTS = 3;
const MAX_PAGES = 2_000;

/** Stands for the content of a page. */
export function digestOf(content: unknown): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 16);
}

/** What makes a page unbelievable after the one before it; undefined where nothing does. */
export function nonsenseOf(at: PageCursor, page: ListedPage, seen: string): string | undefined {
  if ((page.pageNumber ?? at.page) !== at.page)
    return `page ${at.page} was asked for and page ${page.pageNumber} came`;
  if (page.rows.length === 0 && !page.lastPage) return `page ${at.page} is empty and yet not the last`;
  if (at.page > 1 && page.rows.length > 0 && seen === at.seen)
    return `page ${at.page} holds the same rows as page ${at.page - 1}`;
  return undefined;
}

/** The cursor behind a page, and whether its rows are to be taken. @throws PoolwiseError `carrier-answer-invalid`. */
export function nextPage(
  at: PageCursor,
  page: ListedPage,
  place: CallPlace,
): { take: boolean; cursor: string | undefined } {
  const seen = digestOf(page.rows);
  const came =
    nonsenseOf(at, page, seen) ??
    (at.page >= MAX_PAGES && !page.lastPage ? `page ${at.page} is still not the last` : undefined);
  if (came === undefined)
    return {
      take: true,
      cursor: page.lastPage ? undefined : JSON.stringify({ page: at.page + 1, seen, doubts: 0 }),
    };
  const again = JSON.stringify({ ...at, doubts: at.doubts + 1 });
  if (at.doubts < MAX_DOUBTS) return { take: false, cursor: again };
  throw contradiction(
    place,
    came,
    "The list cannot be trusted: try again later, or show this to the carrier.",
    JSON.stringify({ ...at, doubts: 0 }),
  );
}
