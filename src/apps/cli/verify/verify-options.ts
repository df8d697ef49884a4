import { isAbsolute, resolve } from "node:path";
import { parseScaled } from "../../../billing/decimal.ts";
import { BILLABLE_STATUSES } from "../../../billing/fleet.ts";
import { PoolwiseError } from "../../../billing/errors.ts";
import type { InputName } from "../../../certificate/certificate.ts";
import { INPUT_NAMES } from "../../../certificate/certificate.ts";
import type { GivenSettings } from "../../../certificate/settings-conflicts.ts";
import type { InputSource } from "../../../carriers/files/input-source.ts";
import { STANDARD_INPUT } from "../../../carriers/files/input-source.ts";
import type { CliContext } from "../context.ts";

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
  throw invalid(option, text, "an amount ≥ 0 of at most 6 decimals, such as 0.25");
}

function wholeNumber(option: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return BigInt(text);
  throw invalid(option, text, "a whole number ≥ 0");
}

function invalid(option: string, got: string, expected: string): PoolwiseError {
  const shown = JSON.stringify(got.slice(0, 80));
  return new PoolwiseError("option-invalid", `${option} is ${shown}; expected ${expected}.`, {
    data: { option, got: got.slice(0, 80) },
  });
}

/** Every file that `verify` reads; standard input may stand in for one of them. */
export type VerifySources = Readonly<
  Record<"devices" | "plans" | "assignments" | "certificate", InputSource>
> &
  Readonly<Partial<Record<InputName, InputSource>>>;

/** @throws PoolwiseError `option-invalid` where two files are to come from standard input. */
export function sourcesOf(options: VerifyOptions, context: CliContext): VerifySources {
  const names = [...INPUT_NAMES, "assignments", "certificate"] as const;
  const given = names.filter((name) => options[name] !== undefined);
  const piped = given.filter((name) => options[name] === STANDARD_INPUT);
  if (piped.length > 1) {
    throw new PoolwiseError(
      "option-invalid",
      `${piped.map((name) => `--${name}`).join(" and ")} are all -; standard input can be only one of them. Name files for the others.`,
    );
  }
  const source = (path: string): InputSource =>
    path === STANDARD_INPUT ? { name: "standard input", stream: context.stdin } : onDisk(path, context.cwd);
  const { devices, plans, assignments, certificate } = options;
  const optional = given.map((name) => [name, source(options[name] ?? "")] as const);
  return {
    ...Object.fromEntries(optional),
    devices: source(devices),
    plans: source(plans),
    assignments: source(assignments),
    certificate: source(certificate),
  };
}

/** The path as it was given where that leads there, so that messages name it as the caller did. */
function onDisk(path: string, cwd: string): string {
  return isAbsolute(path) || cwd === process.cwd() ? path : resolve(cwd, path);
}
