import { PoolwiseError } from "../../billing/errors.ts";
import { createJasperCarrier } from "../../carriers/jasper/adapter.ts";
import type { CallEvent } from "../../carriers/jasper/client.ts";
import type { JasperSettingsInput } from "../../carriers/jasper/settings.ts";
import { parseJasperSettings } from "../../carriers/jasper/settings.ts";
import type { RetryTerms } from "../../carriers/retry-delay.ts";
import type { Carrier } from "../../ports/carrier.ts";
import type { Pace } from "../../ports/pace.ts";
import type { CarrierAccount, PipelineContext } from "../context.ts";

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

/** The carriers of a process, each made once, as an account remembers refused credentials and outages. */
export function openCarriers(options: CarrierOptions): PipelineContext["carriers"] {
  const opened = new Map<string, Carrier>();
  return async (account) => {
    await Promise.resolve();
    const key = JSON.stringify(account, (name, value: unknown) =>
      name.startsWith("last") ? undefined : value,
    );
    let carrier = opened.get(key);
    if (carrier === undefined) opened.set(key, (carrier = openCarrier(account, options)));
    return carrier;
  };
}

function openCarrier(
  account: CarrierAccount,
  { pace, secretOf, now, timeoutMs, retry, onCall }: CarrierOptions,
): Carrier {
  if (account.kind !== "jasper")
    throw new PoolwiseError(
      "settings-invalid",
      `Account ${account.accountId} is of the kind ${account.kind}, from which no fleet can be read.`,
    );
  const rules = account.settings["jasper"] as Partial<JasperSettingsInput> | undefined;
  const settings = parseJasperSettings({
    ...rules,
    account: String(account.accountId),
    baseUrl: account.baseUrl ?? "",
    username: account.username ?? "",
    apiKey: secretOf(account),
    callsPerSecond: account.callsPerSecond,
    concurrency: account.concurrency,
    timeZone: account.timeZone,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  return createJasperCarrier({ settings, pace, now, retry, onCall });
}
