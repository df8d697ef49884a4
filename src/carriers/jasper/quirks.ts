import { z } from "zod";
import { MAX_BYTES } from "../../billing/units.ts";
import { parseCarrierDate } from "./carrier-dates.ts";

/** An object whose keys may come in another case than documented; an exact match is preferred. Unknown keys are left out. */
export function record<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]));
  const blank = Object.fromEntries(names.values().map((name) => [name, undefined]));
  return z.preprocess((value) => matchKeys(value, names, blank), z.object(shape));
}

function matchKeys(value: unknown, names: ReadonlyMap<string, string>, blank: object): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const asDocumented = countAsDocumented(value, names);
  if (asDocumented === names.size) return value;
  if (asDocumented !== undefined) return { ...blank, ...value };
  const matched = new Map<string, unknown>(names.values().map((name) => [name, undefined]));
  for (const [key, content] of Object.entries(value)) {
    const name = names.get(key.toLowerCase());
    if (name !== undefined && (key === name || matched.get(name) === undefined)) matched.set(name, content);
  }
  return Object.fromEntries(matched);
}

/**
 * How many keys are ours, where all of ours are spelled as documented: the rule, which a list of a million rows must not
 * pay for. undefined: some are not.
 */
function countAsDocumented(value: object, names: ReadonlyMap<string, string>): number | undefined {
  let count = 0;
  for (const key of Object.keys(value)) {
    const name = names.get(key.toLowerCase());
    if (name === undefined) continue;
    if (name !== key) return undefined;
    count++;
  }
  return count;
}

/** An object whose keys are data, such as zone names, as pairs. */
export function pairs<Value extends z.ZodType>(value: Value) {
  return z.preprocess(
    (object) =>
      typeof object === "object" && object !== null && !Array.isArray(object)
        ? Object.entries(object)
        : object,
    z.array(z.tuple([z.string(), value])),
  );
}

/** Text, or a number that stands for one, such as an id. Absent and null are "". */
export const text = z.unknown().transform((value, context) => {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  context.addIssue({ code: "custom", message: "a text or a number is expected" });
  return z.NEVER;
});

/** true, false, "true", "FALSE". */
export const flag = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^\s*(true|false)\s*$/i, "true or false")
    .transform((word) => /true/i.test(word)),
]);

/** A whole amount of bytes, messages or seconds, as a number or its text. Absent and null are undefined: not known. */
export const amount = z.unknown().transform((value, context) => {
  if (value === null || value === undefined || value === "") return undefined;
  const read = typeof value === "number" || typeof value === "string" ? wholeNumber(value) : Number.NaN;
  if (Number.isSafeInteger(read) && read >= 0 && read <= MAX_BYTES) return read;
  const came =
    typeof value === "number" || typeof value === "string" ? clip(String(value), 40) : typeof value;
  context.addIssue({ code: "custom", message: `a whole number from 0 to 2^50 is expected, not ${came}` });
  return z.NEVER;
});

function wholeNumber(value: number | string): number {
  if (typeof value === "number") return value;
  const digits = /^\s*(\d+)(?:\.0+)?\s*$/.exec(value)?.[1];
  return digits === undefined ? Number.NaN : Number(digits);
}

/** A price or size as an exact decimal, as a number or its text. Absent and null are undefined. */
export const decimal = z
  .union([z.null(), z.undefined(), z.literal(""), z.number(), z.string()])
  .transform((value, context) => {
    if (value === null || value === undefined || value === "") return undefined;
    const plain = plainDecimal(String(value).trim());
    if (plain !== undefined) return plain;
    context.addIssue({
      code: "custom",
      message: `a decimal number is expected, not ${clip(String(value), 40)}`,
    });
    return z.NEVER;
  });

/** As `decimal`, or a word that stands for no limit. */
export const decimalOrWord = z.union([
  z
    .string()
    .regex(/^\s*[a-z]+\s*$/i)
    .transform((word) => word.trim()),
  decimal,
]);

/** "2.9296875E-3" is "0.0029296875". */
function plainDecimal(source: string): string | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/.exec(source);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent] = match;
  if (exponent === undefined) return source.replace(/^\+/, "");
  const point = whole.length + Number(exponent);
  const digits = "0".repeat(Math.max(0, 1 - point)) + (whole + fraction).padEnd(point, "0");
  const at = Math.max(1, point);
  const tail = digits.slice(at);
  return `${sign === "-" ? "-" : ""}${digits.slice(0, at).replace(/^0+(?=\d)/, "")}${tail === "" ? "" : `.${tail}`}`;
}

/** Either date format of the carrier. Absent, null and empty are undefined. */
export const instant = z.union([z.null(), z.undefined(), z.string()]).transform((value, context) => {
  if (value === null || value === undefined || value.trim() === "") return undefined;
  const read = parseCarrierDate(value);
  if (read !== undefined) return read;
  context.addIssue({ code: "custom", message: `a date with its offset is expected, not ${clip(value, 40)}` });
  return z.NEVER;
});

/** Foreign text as it may stand in a message: one line, clipped. */
export function clip(value: string, length = 200): string {
  const line = value.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}
