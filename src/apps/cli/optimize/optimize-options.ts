import { periodDays } from "../../../billing/billing-cycle.ts";
import { parseScaled } from "../../../billing/decimal.ts";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { Terms } from "../../../billing/fleet.ts";
import { BILLABLE_STATUSES } from "../../../billing/fleet.ts";
import type { InputSources } from "../../../carriers/files/read-inputs.ts";
import type { StrategyName } from "../../../optimizer/solution.ts";
import { STRATEGY_NAMES } from "../../../optimizer/solution.ts";
import type { Period } from "../../../reports/reported-run.ts";
import type { CliContext } from "../context.ts";
import { inputSource, inputSources } from "../input-source.ts";
import { optionInvalid } from "../option-invalid.ts";

const FILES = ["devices", "plans", "eligibility", "pools", "taxes"] as const;

/** The options of `optimize` as they stand on the command line. */
export interface OptimizeOptions extends Partial<Record<(typeof FILES)[number], string>> {
  readonly devices: string;
  readonly plans: string;
  readonly periodStart?: string;
  readonly periodEnd?: string;
  readonly currency: string;
  readonly switchCost: string;
  readonly minSaving: string;
  readonly maxChanges?: string;
  readonly strategy: string;
  readonly timeLimit?: string;
  readonly quarantine?: true;
  readonly maxQuarantined: string;
  readonly out?: string;
  readonly json?: true;
}

/** @throws PoolwiseError `option-invalid`. */
export function termsOf(options: OptimizeOptions): Terms {
  return {
    switchCost: amount("--switch-cost", options.switchCost),
    minSaving: amount("--min-saving", options.minSaving),
    maxChanges:
      options.maxChanges === undefined
        ? Number.POSITIVE_INFINITY
        : wholeNumber("--max-changes", options.maxChanges),
    billableStatuses: BILLABLE_STATUSES,
  };
}

/** @throws PoolwiseError `option-invalid` where only one end is given, or the dates make no cycle. */
export function periodOf({ periodStart, periodEnd }: OptimizeOptions): Period | undefined {
  if (periodStart === undefined && periodEnd === undefined) return undefined;
  if (periodStart === undefined || periodEnd === undefined) {
    throw new PoolwiseError(
      "option-invalid",
      "--period-start and --period-end go together: the first day of the billing cycle, and the day after its last.",
    );
  }
  return { start: periodStart, end: periodEnd, days: periodDays(periodStart, periodEnd) };
}

/** @throws PoolwiseError `option-invalid`. */
export function strategiesOf({ strategy }: OptimizeOptions): readonly StrategyName[] {
  if (strategy === "all") return STRATEGY_NAMES;
  const name = STRATEGY_NAMES.find((known) => known === strategy);
  if (name !== undefined) return [name];
  throw optionInvalid("--strategy", strategy, `all or one of ${STRATEGY_NAMES.join(", ")}`);
}

/** Seconds. @throws PoolwiseError `option-invalid`. */
export function timeLimitOf({ timeLimit }: OptimizeOptions): number | undefined {
  if (timeLimit === undefined) return undefined;
  const seconds = Number(timeLimit);
  if (/^\d+(\.\d+)?$/.test(timeLimit) && seconds > 0 && seconds < 1e7) return seconds;
  throw optionInvalid("--time-limit", timeLimit, "seconds > 0, such as 60");
}

/** Share of the devices file's rows, 0 to 1. @throws PoolwiseError `option-invalid`. */
export function maxQuarantinedShareOf({ maxQuarantined }: OptimizeOptions): number {
  const percent = Number(maxQuarantined);
  if (/^\d{1,3}(\.\d{1,6})?$/.test(maxQuarantined) && percent <= 100) return percent / 100;
  throw optionInvalid("--max-quarantined", maxQuarantined, "a percentage from 0 to 100, such as 2.5");
}

/** @throws PoolwiseError `option-invalid`. */
export function currencyOf({ currency }: OptimizeOptions): string {
  if (/^[A-Z]{3}$/.test(currency)) return currency;
  throw optionInvalid("--currency", currency, "an ISO 4217 code of three capital letters, such as USD");
}

/** @throws PoolwiseError `option-invalid` where two files are to come from standard input. */
export function sourcesOf(options: OptimizeOptions, context: CliContext): InputSources {
  const { devices, plans } = options;
  return {
    devices: inputSource(devices, context),
    plans: inputSource(plans, context),
    ...inputSources(options, FILES, context),
  };
}

function amount(option: string, text: string): number {
  const value = text.length > 20 ? undefined : parseScaled(text, 6);
  if (typeof value === "bigint" && value >= 0n && value <= 10n ** 15n) return Number(value);
  throw optionInvalid(option, text, "an amount from 0 to 1,000,000,000 of at most 6 decimals, such as 0.25");
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw optionInvalid(option, text, "a whole number ≥ 0");
}
