import { periodDays } from "./calendar.ts";
import type { CertificateSettings } from "./certificate.ts";
import { MICRO_PLACES } from "./exact.ts";
import { describe, readAmount, readCount, readFields } from "./read-fields.ts";
import type { Reasons } from "./reasons.ts";

const NAMES = [
  "currency",
  "period",
  "switch_cost",
  "min_saving",
  "max_changes",
  "quarantine",
  "billable_statuses",
] as const;

/** The settings of a certificate; undefined, with reasons, where their form is wrong. */
export function readSettings(value: unknown, reasons: Reasons): CertificateSettings | undefined {
  const fields = readFields(value, NAMES, "settings", reasons);
  if (fields === undefined) return undefined;
  const before = reasons.count;
  const currency = readCurrency(fields.currency, reasons);
  const period = fields.period === null ? undefined : readPeriod(fields.period, reasons);
  const switchCost = readAmount(fields.switch_cost, MICRO_PLACES, "settings.switch_cost", reasons);
  const minSaving = readAmount(fields.min_saving, MICRO_PLACES, "settings.min_saving", reasons);
  const maxChanges =
    fields.max_changes === null ? undefined : readCount(fields.max_changes, "settings.max_changes", reasons);
  const billableStatuses = readStatuses(fields.billable_statuses, reasons);
  if (typeof fields.quarantine !== "boolean") {
    reasons.add(() => `settings.quarantine is ${describe(fields.quarantine)}; it must be true or false.`);
  }
  if (reasons.count > before || switchCost === undefined || minSaving === undefined) return undefined;
  return {
    currency,
    period,
    switchCost,
    minSaving,
    maxChanges: maxChanges === undefined ? undefined : BigInt(maxChanges),
    quarantine: fields.quarantine === true,
    billableStatuses,
  };
}

function readCurrency(value: unknown, reasons: Reasons): string {
  if (typeof value === "string" && /^[A-Z]{3}$/.test(value)) return value;
  reasons.add(() => `settings.currency is ${describe(value)}; it must be a code of three capital letters.`);
  return "";
}

function readPeriod(value: unknown, reasons: Reasons): CertificateSettings["period"] {
  const fields = readFields(value, ["start", "end"], "settings.period", reasons);
  if (fields === undefined) return undefined;
  const { start, end } = fields;
  const days = typeof start === "string" && typeof end === "string" ? periodDays(start, end) : undefined;
  if (typeof start !== "string" || typeof end !== "string" || days === undefined) {
    reasons.add(
      () =>
        `settings.period runs from ${describe(start)} to ${describe(end)}; it must be two dates YYYY-MM-DD, the end after the start.`,
    );
    return undefined;
  }
  return { start, end, days };
}

function readStatuses(value: unknown, reasons: Reasons): ReadonlySet<string> {
  const statuses = new Set<string>();
  if (Array.isArray(value)) {
    for (const status of value as unknown[]) {
      if (typeof status === "string" && status === status.trim().toUpperCase()) statuses.add(status);
    }
    if (statuses.size === value.length) return statuses;
  }
  reasons.add(
    "settings.billable_statuses must be a list of distinct strings in upper case without outer blanks.",
  );
  return statuses;
}
