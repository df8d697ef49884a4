const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?)?\s?(Z|[+-]\d\d:?\d\d)$/;

/**
 * `2016-06-29 00:21:33.339+0000`, `2016-04-18T17:31:34Z`, `2016-04-18+05:00`. undefined for anything else, a date
 * without an offset and one that does not exist included.
 */
export function parseCarrierDate(text: string): Date | undefined {
  const match = INSTANT.exec(text.trim());
  if (match === null) return undefined;
  const [, day = "", time = "00:00:00", fraction = "", zone = "Z"] = match;
  const wall = new Date(`${day}T${time}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(wall.getTime()) || !wall.toISOString().startsWith(`${day}T${time}`)) return undefined;
  return new Date(wall.getTime() - offsetMinutes(zone) * 60_000);
}

function offsetMinutes(zone: string): number {
  if (zone === "Z") return 0;
  const digits = zone.replace(":", "");
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return zone.startsWith("-") ? -minutes : minutes;
}

/** To the second below, as the carrier takes no fractions. */
export function formatInstant(at: Date, form: "offset" | "Z"): string {
  return `${at.toISOString().slice(0, 19)}${form === "Z" ? "Z" : "+00:00"}`;
}

/** A local day with the offset its midnight has in the zone: `2016-04-18+05:00`. */
export function formatDay(date: string, timeZone: string): string {
  return `${date}${offsetAtMidnight(date, timeZone)}`;
}

function offsetAtMidnight(date: string, timeZone: string): string {
  const wallMs = Date.parse(`${date}T00:00:00Z`);
  const guess = wallMs - offsetMsAt(wallMs, timeZone);
  const minutes = Math.round(offsetMsAt(guess, timeZone) / 60_000);
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** How far the zone's clock is ahead of UTC at an instant. */
function offsetMsAt(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(atMs);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "00";
  const wall = Date.parse(
    `${of("year")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}:${of("second")}Z`,
  );
  return wall - Math.floor(atMs / 1000) * 1000;
}
