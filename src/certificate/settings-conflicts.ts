import type { CertificateSettings } from "./certificate.ts";
import { MICRO_PLACES, decimalText } from "./exact.ts";

/** Settings that somebody gave beside the certificate; those that are missing are taken from it. Money in micros. */
export interface GivenSettings {
  readonly currency?: string | undefined;
  readonly periodStart?: string | undefined;
  readonly periodEnd?: string | undefined;
  readonly switchCost?: bigint | undefined;
  readonly minSaving?: bigint | undefined;
  readonly maxChanges?: bigint | undefined;
  readonly quarantine?: boolean | undefined;
  /** In upper case; "" is a SIM without a state. */
  readonly billableStatuses?: ReadonlySet<string> | undefined;
}

/** One sentence for each setting that was given and that the certificate was not made with. */
export function settingsConflicts(settings: CertificateSettings, given: GivenSettings): string[] {
  const claims: [name: string, given: string | undefined, claimed: string][] = [
    ["currency", given.currency, settings.currency],
    ["period.start", given.periodStart, settings.period?.start ?? "null"],
    ["period.end", given.periodEnd, settings.period?.end ?? "null"],
    ["switch_cost", money(given.switchCost), decimalText(settings.switchCost, MICRO_PLACES)],
    ["min_saving", money(given.minSaving), decimalText(settings.minSaving, MICRO_PLACES)],
    ["max_changes", given.maxChanges?.toString(), settings.maxChanges?.toString() ?? "null"],
    ["quarantine", given.quarantine?.toString(), String(settings.quarantine)],
    ["billable_statuses", list(given.billableStatuses), list(settings.billableStatuses) ?? ""],
  ];
  return claims.flatMap(([name, got, claimed]) =>
    got === undefined || got === claimed ? [] : [`settings.${name} is ${claimed}; expected ${got}.`],
  );
}

function list(statuses: ReadonlySet<string> | undefined): string | undefined {
  return statuses && JSON.stringify([...statuses].toSorted());
}

function money(micros: bigint | undefined): string | undefined {
  return micros === undefined ? undefined : decimalText(micros, MICRO_PLACES);
}
