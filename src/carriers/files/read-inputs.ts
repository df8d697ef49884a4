import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { InputHashes } from "../../certificate/certificate.ts";
import type { DeviceTable } from "./device-table.ts";
import type { InputSource } from "./input-source.ts";
import type { DeviceOptions } from "./read-devices.ts";
import { readDevices } from "./read-devices.ts";
import { readEligibility } from "./read-eligibility.ts";
import type { SetAsidePlan, TariffOptions, TariffSources } from "./read-tariff.ts";
import { readTariff } from "./read-tariff.ts";

export interface InputSources extends TariffSources {
  readonly devices: InputSource;
  readonly eligibility?: InputSource | undefined;
}

export interface InputOptions extends TariffOptions, DeviceOptions {
  readonly onStage?: (stage: string) => void;
}

/** What a run is given in files, and what the files were. */
export interface Inputs {
  readonly fleet: DeviceTable;
  readonly tariff: Tariff;
  /** undefined where no eligibility file was given. */
  readonly eligibility: Eligibility;
  readonly setAside: readonly SetAsidePlan[];
  readonly hashes: InputHashes;
}

/**
 * Reads the files of a run, the small ones first.
 * @throws PoolwiseError `plan-invalid`, `file-unreadable`, `input-invalid`, `option-invalid` or `bounds-exceeded`.
 */
export async function readInputs(sources: InputSources, options: InputOptions): Promise<Inputs> {
  options.onStage?.("Reading the rate plans");
  const { tariff, setAside, files } = await readTariff(sources, options);
  const listed =
    sources.eligibility === undefined ? undefined : await readEligibility(sources.eligibility, tariff);
  options.onStage?.("Reading the SIMs");
  const fleet = await readDevices(sources.devices, tariff, options);
  const hashes = {
    devices: fleet.file.sha256,
    plans: files.plans.sha256,
    ...(listed && { eligibility: listed.file.sha256 }),
    ...(files.pools && { pools: files.pools.sha256 }),
    ...(files.taxes && { taxes: files.taxes.sha256 }),
  };
  return { fleet, tariff, eligibility: listed?.eligibility, setAside, hashes };
}
