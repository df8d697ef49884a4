import type { Tariff } from "../../billing/rate-plan.ts";
import type { DeviceTable } from "./device-table.ts";
import type { InputSource } from "./input-source.ts";
import type { ReadProgress } from "./read-progress.ts";

export interface DeviceOptions {
  /** Share of rows that may be quarantined before the run is refused; 0.01 unless said. */
  readonly maxQuarantinedShare?: number;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads a devices file into columns.
 * @throws PoolwiseError `file-unreadable`, `input-invalid`, `option-invalid` or `bounds-exceeded`.
 */
export async function readDevices(source: InputSource, tariff: Tariff, options: DeviceOptions = {}): Promise<DeviceTable> {
  throw new Error(`not yet: ${String(source)} ${tariff.currency} ${String(options.maxQuarantinedShare)}`);
}
