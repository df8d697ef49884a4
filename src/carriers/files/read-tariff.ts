import type { Tariff } from "../../billing/rate-plan.ts";
import type { InputFile, InputSource } from "./input-source.ts";

export interface TariffSources {
  readonly plans: InputSource;
  readonly pools?: InputSource | undefined;
  readonly taxes?: InputSource | undefined;
}

export interface TariffOptions {
  /** ISO 4217. */
  readonly currency: string;
  /** Days of the billing cycle, where a period is known. */
  readonly cycleDays?: number | undefined;
  /** true: invalid plans are set aside; false: they are refused. */
  readonly quarantine?: boolean;
}

/** A plan that cannot be priced. It stays in the tariff, not available; its SIMs are left out of the bill. */
export interface SetAsidePlan {
  /** Index into the tariff's plans. */
  readonly plan: number;
  readonly code: string;
  readonly line: number;
  readonly reason: string;
}

export interface TariffFiles {
  readonly tariff: Tariff;
  readonly setAside: readonly SetAsidePlan[];
  readonly files: { readonly plans: InputFile; readonly pools: InputFile | undefined; readonly taxes: InputFile | undefined };
}

/**
 * Reads the files that price a SIM.
 * @throws PoolwiseError `plan-invalid`, `file-unreadable`, `input-invalid` or `option-invalid`.
 */
export async function readTariff(sources: TariffSources, options: TariffOptions): Promise<TariffFiles> {
  throw new Error(`not yet: ${String(sources.plans)} ${options.currency}`);
}
