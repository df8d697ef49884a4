import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { InputSource } from "../../carriers/files/input-source.ts";
import { readEligibility } from "../../carriers/files/read-eligibility.ts";
import type { SetAsidePlan } from "../../carriers/files/read-tariff.ts";
import { readTariff } from "../../carriers/files/read-tariff.ts";
import type { TariffTexts } from "./tariff-files.ts";

/** What prices a session's SIMs, read from its input files as `poolwise optimize` reads them. */
export interface SessionTariff {
  readonly tariff: Tariff;
  readonly eligibility: Eligibility;
  readonly setAside: readonly SetAsidePlan[];
  /** SHA-256 by input name, without the devices. */
  readonly hashes: Readonly<Record<string, string>>;
}

export interface TariffTerms {
  readonly currency: string;
  readonly cycleDays: number;
  readonly quarantine: boolean;
}

/** @throws PoolwiseError `plan-invalid` naming each plan, unless `quarantine`; `input-invalid`. */
export async function loadTariff(
  texts: Omit<TariffTexts, "planIds">,
  terms: TariffTerms,
): Promise<SessionTariff> {
  const sources = {
    plans: textSource("plans.csv", texts.plans),
    ...(texts.pools !== undefined && { pools: textSource("pools.csv", texts.pools) }),
    ...(texts.taxes !== undefined && { taxes: textSource("taxes.csv", texts.taxes) }),
  };
  const { tariff, setAside, files } = await readTariff(sources, terms);
  const listed =
    texts.eligibility === undefined
      ? undefined
      : await readEligibility(textSource("eligibility.csv", texts.eligibility), tariff);
  return {
    tariff,
    eligibility: listed?.eligibility,
    setAside,
    hashes: {
      plans: files.plans.sha256,
      ...(listed && { eligibility: listed.file.sha256 }),
      ...(files.pools && { pools: files.pools.sha256 }),
      ...(files.taxes && { taxes: files.taxes.sha256 }),
    },
  };
}

/** A file that is in memory. */
export function textSource(name: string, text: string | Uint8Array): InputSource {
  return { name, stream: once(text) };
}

async function* once(text: string | Uint8Array): AsyncGenerator<string | Uint8Array> {
  await Promise.resolve();
  yield text;
}
