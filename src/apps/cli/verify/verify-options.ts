import { parseScaled } from "../../../billing/decimal.ts";
import { BILLABLE_STATUSES } from "../../../billing/fleet.ts";
import type { InputName } from "../../../certificate/certificate.ts";
import { INPUT_NAMES } from "../../../certificate/certificate.ts";
import type { GivenSettings } from "../../../certificate/settings-conflicts.ts";
import type { InputSource } from "../../../carriers/files/input-source.ts";
import type { InputSources } from "../../../carriers/files/read-inputs.ts";
import type { CliContext } from "../context.ts";
import { inputSource, inputSources } from "../input-source.ts";
import { optionInvalid } from "../option-invalid.ts";

/** The options of `verify` as they stand on the command line. */
export interface VerifyOptions extends Partial<Record<InputName, string>> {
  readonly devices: string;
  readonly plans: string;
  readonly assignments: string;
  readonly certificate: string;
  readonly periodStart?: string;
  readonly periodEnd?: string;
  readonly currency?: string;
  readonly switchCost?: string;
  readonly minSaving?: string;
  readonly maxChanges?: string;
  readonly quarantine?: true;
  readonly json?: true;
}

/**
 * What the certificate must have been made with. Which states are billed is no option of `optimize`, so a certificate
 * that bills others would leave SIMs out that nobody asked to leave out.
 * @throws PoolwiseError `option-invalid`.
 */
export function givenSettings(options: VerifyOptions): GivenSettings {
  return {
    currency: options.currency,
    periodStart: options.periodStart,
    periodEnd: options.periodEnd,
    switchCost: micros("--switch-cost", options.switchCost),
    minSaving: micros("--min-saving", options.minSaving),
    maxChanges: wholeNumber("--max-changes", options.maxChanges),
    quarantine: options.quarantine,
    billableStatuses: BILLABLE_STATUSES,
  };
}

function micros(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const value = text.length > 64 ? undefined : parseScaled(text, 6);
  if (typeof value === "bigint" && value >= 0n) return value;
  throw optionInvalid(option, text, "an amount ≥ 0 of at most 6 decimals, such as 0.25");
}

function wholeNumber(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw optionInvalid(option, text, "a whole number ≥ 0");
}

/** Every file that `verify` reads; standard input may stand in for one of them. */
export interface VerifySources extends InputSources {
  readonly assignments: InputSource;
  readonly certificate: InputSource;
}

/** @throws PoolwiseError `option-invalid` where two files are to come from standard input. */
export function sourcesOf(options: VerifyOptions, context: CliContext): VerifySources {
  const { devices, plans, assignments, certificate } = options;
  return {
    devices: inputSource(devices, context),
    plans: inputSource(plans, context),
    assignments: inputSource(assignments, context),
    certificate: inputSource(certificate, context),
    ...inputSources(options, [...INPUT_NAMES, "assignments", "certificate"], context),
  };
}
