import { PoolwiseError } from "../../billing/errors.ts";
import type { Tariff } from "../../billing/rate-plan.ts";
import { MAX_TOTAL_BYTES } from "../../billing/units.ts";
import { faultsError } from "./collect-faults.ts";
import { DeviceBuilder } from "./device-builder.ts";
import { DEVICE_COLUMNS } from "./device-cells.ts";
import type { DeviceTable } from "./device-table.ts";
import type { InputSource } from "./input-source.ts";
import { sourceName } from "./input-source.ts";
import type { ReadProgress } from "./read-progress.ts";
import { readRows } from "./read-rows.ts";

const MAX_QUARANTINED_SHARE = 0.01;

export interface DeviceOptions {
  /** Share of rows that may be quarantined before the run is refused; 0.01 unless said. */
  readonly maxQuarantinedShare?: number;
  readonly onProgress?: (progress: ReadProgress) => void;
}

/**
 * Reads a devices file into columns.
 * @throws PoolwiseError `file-unreadable`, `input-invalid` or `bounds-exceeded`.
 */
export async function readDevices(
  source: InputSource,
  tariff: Tariff,
  options: DeviceOptions = {},
): Promise<DeviceTable> {
  const builder = new DeviceBuilder(sourceName(source), tariff);
  const file = await readRows(source, builder, options.onProgress);
  builder.findQuarantinedTwins();
  if (builder.fatal.count === 0 && builder.rows === 0)
    builder.fatal.add({ message: emptyMessage(builder.hasHeader) });
  if (builder.fatal.count > 0) throw faultsError("input-invalid", [builder.fatal, builder.rowFaults]);
  refusePastBounds(builder);
  refuseTooMany(builder, options.maxQuarantinedShare ?? MAX_QUARANTINED_SHARE);
  return builder.finish(file);
}

function emptyMessage(hasHeader: boolean): string {
  if (hasHeader) return "the file has a header but no rows.";
  return `the file is empty. Expected a header with the columns ${DEVICE_COLUMNS.required.join(", ")}.`;
}

function refusePastBounds({ totalBytes, fatal: { file } }: DeviceBuilder): void {
  if (totalBytes <= MAX_TOTAL_BYTES) return;
  throw new PoolwiseError(
    "bounds-exceeded",
    `${file}: usage_mb adds up to about ${totalBytes} bytes; a fleet's usage stays below 2^53 bytes (8 PiB). Split the fleet.`,
    { data: { file, column: "usage_mb", got: totalBytes, limit: MAX_TOTAL_BYTES } },
  );
}

function refuseTooMany(builder: DeviceBuilder, maxShare: number): void {
  const { rows, rowFaults, quarantine } = builder;
  if (builder.size > 0 && quarantine.count <= rows * maxShare && !quarantine.isFull) return;
  const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
  throw faultsError(
    "input-invalid",
    [rowFaults],
    `${rowFaults.file}: ${count(quarantine.count)} of ${count(rows)} rows cannot be read (${percent(quarantine.count / rows)}; at most ${percent(maxShare)} may be set aside). ` +
      `Mend them, take those rows out of the file, or let more be set aside with --max-quarantined.${rowFaults.faults.length < rowFaults.count ? ` The first ${rowFaults.faults.length} are listed.` : ""}`,
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
