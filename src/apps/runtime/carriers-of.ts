import { PoolwiseError } from "../../billing/errors.ts";
import type { CallEvent } from "../../carriers/jasper/client.ts";
import { createJasperCarrier } from "../../carriers/jasper/adapter.ts";
import { parseJasperSettings } from "../../carriers/jasper/settings.ts";
import type { JasperSettingsInput } from "../../carriers/jasper/settings.ts";
import type { CarrierAccount } from "../../pipeline/context.ts";
import type { Carrier } from "../../ports/carrier.ts";
import type { Pace } from "../../ports/pace.ts";
import type { Settings } from "../settings/definitions.ts";
import type { AccountSecrets } from "./account-secrets.ts";

/** From this on an account's pace counts as lifted: the table has no number for none. */
export const PACE_LIFTED = 999_999;

export interface CarrierParts {
  readonly settings: Pick<Settings, "JASPER_TIMEOUT">;
  readonly secretOf: AccountSecrets;
  readonly pace: Pace;
  readonly onCall: (event: CallEvent) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The carrier of an account: one for each account and process, made anew where the account or its secret changes. */
export function carriersOf(parts: CarrierParts): (account: CarrierAccount) => Promise<Carrier> {
  const made = new Map<number, { readonly terms: string; readonly carrier: Carrier }>();
  return async (account) => {
    await Promise.resolve();
    if (account.kind !== "jasper") throw noApi(account);
    const input = jasperInput(account, parts);
    const terms = JSON.stringify(input);
    const known = made.get(account.accountId);
    if (known?.terms === terms) return known.carrier;
    const carrier = createJasperCarrier({
      settings: parseJasperSettings(input),
      pace: parts.pace,
      onCall: parts.onCall,
      now: parts.now,
    });
    made.set(account.accountId, { terms, carrier });
    return carrier;
  };
}

function jasperInput(account: CarrierAccount, { settings, secretOf }: CarrierParts): JasperSettingsInput {
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
    timeoutMs: settings.JASPER_TIMEOUT,
  };
}

function noApi({ name, kind }: CarrierAccount): PoolwiseError {
  const why =
    kind === "files" ? "its SIMs come from files: use poolwise optimize" : "this carrier cannot be read yet";
  return new PoolwiseError("settings-invalid", `Carrier account ${name} is of kind ${kind}: ${why}.`, {
    data: { kind },
  });
}
