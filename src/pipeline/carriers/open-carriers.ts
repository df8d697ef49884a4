import { PoolwiseError } from "../../billing/errors.ts";
import { createJasperCarrier } from "../../carriers/jasper/adapter.ts";
import type { CallEvent } from "../../carriers/jasper/client.ts";
import type { JasperSettingsInput } from "../../carriers/jasper/settings.ts";
import { parseJasperSettings } from "../../carriers/jasper/settings.ts";
import type { RetryTerms } from "../../carriers/retry-delay.ts";
import type { Carrier } from "../../ports/carrier.ts";
import type { Pace } from "../../ports/pace.ts";
import type { CarrierAccount, PipelineContext } from "../context.ts";

/** From this on an account's pace counts as lifted: the table has no number for none. */
export const PACE_LIFTED = 999_999;

export interface CarrierOptions {
  readonly pace: Pace;
  /** The secret of an account. @throws PoolwiseError `settings-invalid` where there is none. */
  readonly secretOf: (account: CarrierAccount) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** JASPER_TIMEOUT. */
  readonly timeoutMs?: number;
  readonly retry?: RetryTerms;
  readonly onCall?: (event: CallEvent) => void;
}

/**
 * The carrier of an account: one for each account and process, as it remembers refused credentials and outages, made
 * anew where the account or its secret changes.
 */
export function openCarriers(options: CarrierOptions): PipelineContext["carriers"] {
  const { pace, now, retry, onCall } = options;
  const made = new Map<number, { readonly terms: string; readonly carrier: Carrier }>();
  return async (account) => {
    await Promise.resolve();
    if (account.kind !== "jasper") throw noApi(account);
    const input = jasperInput(account, options);
    const terms = JSON.stringify(input);
    const known = made.get(account.accountId);
    if (known?.terms === terms) return known.carrier;
    const carrier = createJasperCarrier({ settings: parseJasperSettings(input), pace, now, retry, onCall });
    made.set(account.accountId, { terms, carrier });
    return carrier;
  };
}

function jasperInput(account: CarrierAccount, { secretOf, timeoutMs }: CarrierOptions): JasperSettingsInput {
  const { accountId, name, baseUrl = "", username = "", callsPerSecond, concurrency, timeZone } = account;
  const own = account.settings["jasper"];
  return {
    ...(typeof own === "object" && own !== null ? own : {}),
    account: `${accountId} (${name})`,
    baseUrl,
    username,
    apiKey: secretOf(account),
    callsPerSecond: callsPerSecond >= PACE_LIFTED ? 0 : callsPerSecond,
    concurrency,
    timeZone,
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

function noApi({ name, kind }: CarrierAccount): PoolwiseError {
  const why =
    kind === "files" ? "its SIMs come from files: use poolwise optimize" : "this carrier cannot be read yet";
  return new PoolwiseError("settings-invalid", `Carrier account ${name} is of kind ${kind}: ${why}.`, {
    data: { kind },
  });
}
