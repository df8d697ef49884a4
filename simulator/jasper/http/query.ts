import { parseDay } from "../clock/carrier-dates.ts";
import type { CarrierDay } from "../clock/carrier-dates.ts";
import { refuse } from "./carrier-errors.ts";
import type { CarrierErrorCode } from "./carrier-errors.ts";

export const MAX_PAGE_SIZE = 50;

/** Refuses a call with a parameter that the route does not know. */
export function allowOnly(query: URLSearchParams, names: readonly string[]): void {
  for (const name of query.keys()) {
    if (!names.includes(name)) refuse("10000028", `Unrecognised parameter(s): ${name}`);
  }
}

export interface Page {
  /** 1-based. */
  readonly number: number;
  readonly size: number;
  readonly offset: number;
}

export function readPage(query: URLSearchParams, over: "refuse" | "clamp" = "refuse"): Page {
  const asked = wholeNumber(query.get("pageSize"), MAX_PAGE_SIZE, "10000006");
  if (asked > MAX_PAGE_SIZE && over === "refuse") refuse("10000006");
  const size = Math.min(asked, MAX_PAGE_SIZE);
  const number = wholeNumber(query.get("pageNumber"), 1, "10000007");
  return { number, size, offset: (number - 1) * size };
}

function wholeNumber(text: string | null, fallback: number, code: CarrierErrorCode): number {
  if (text === null) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return value > 0 ? value : refuse(code);
}

export function readDay(text: string, offset: "optional" | "required"): CarrierDay {
  const day = parseDay(text);
  if (day === undefined || (offset === "required" && day.offset === undefined)) refuse("10000012");
  return day;
}

/** Keeps the fields that `fields=a,b,c` asks for; unknown names are passed over. */
export function project(
  body: Readonly<Record<string, unknown>>,
  query: URLSearchParams,
): Record<string, unknown> {
  const fields = query.get("fields");
  if (fields === null) return { ...body };
  const wanted = new Set(fields.split(","));
  return Object.fromEntries(Object.entries(body).filter(([name]) => wanted.has(name)));
}
