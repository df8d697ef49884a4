import { readDecimal } from "./exact.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";

/** An object with exactly the fields `names`; undefined, with the reason, for anything else. */
export function readFields<Name extends string>(
  value: unknown,
  names: readonly Name[],
  where: string,
  reasons: Reasons,
): Record<Name, unknown> | undefined {
  if (!isObject(value)) {
    reasons.add(
      () => `${where} is ${describe(value)}; it must be an object with the fields ${names.join(", ")}.`,
    );
    return undefined;
  }
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) {
    reasons.add(() => `${where} has no field ${quoted(missing)}.`);
    return undefined;
  }
  const known = new Set<string>(names);
  const unknown = Object.keys(value).find((name) => !known.has(name));
  if (unknown !== undefined) {
    reasons.add(
      () => `${where} has an unknown field ${quoted(unknown)}; it has ${names.join(", ")} and no other.`,
    );
    return undefined;
  }
  return value as Record<Name, unknown>;
}

/** A decimal string ≥ 0 of at most `places` places as a count of 10^-places. */
export function readAmount(
  value: unknown,
  places: number,
  where: string,
  reasons: Reasons,
): bigint | undefined {
  const amount = typeof value === "string" ? readDecimal(value, places) : undefined;
  if (amount === undefined) {
    reasons.add(
      () =>
        `${where} is ${describe(value)}; it must be a string with a plain decimal ≥ 0, at most 24 digits before the point and ${places} after it.`,
    );
  }
  return amount;
}

/** A JSON number that is an integer ≥ 0, below 2^53 - 1. */
export function readCount(value: unknown, where: string, reasons: Reasons): number | undefined {
  if (
    typeof value === "number" &&
    Number.isSafeInteger(value) &&
    value >= 0 &&
    value < Number.MAX_SAFE_INTEGER
  ) {
    return value;
  }
  reasons.add(() => `${where} is ${describe(value)}; it must be a whole number ≥ 0, below 2^53 - 1.`);
  return undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A JSON value in a few words. */
export function describe(value: unknown): string {
  if (typeof value === "string") return `the string ${quoted(value)}`;
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
