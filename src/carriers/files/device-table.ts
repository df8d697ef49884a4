import type { Fleet } from "../../billing/fleet.ts";
import type { InputFile } from "./input-source.ts";

/** A device row that could not be read: its cells as they stood, and why. */
export interface QuarantinedRow {
  readonly line: number;
  /** SIMs that were read before this row: where it stands among them. */
  readonly simsBefore: number;
  readonly iccid: string;
  readonly ratePlan: string;
  readonly usage: string;
  readonly column: string | undefined;
  readonly reason: string;
  readonly carried: readonly string[];
}

/** What was met while reading devices. */
export interface DeviceCounts {
  /** Data rows of the file: SIMs, quarantined rows and repeated rows. */
  readonly rows: number;
  readonly quarantined: number;
  /** Rows that repeat a SIM's row in every cell: counted once. */
  readonly identicalDuplicates: number;
  readonly unknownUsage: number;
  /** SIMs without a location, where there are taxes: they are not taxed. */
  readonly blankLocations: number;
}

/** A fleet read from a file, with all that a report needs to write one line per input row. */
export interface DeviceTable extends Fleet {
  readonly file: InputFile;
  readonly counts: DeviceCounts;
  /** Line of a text file or row of a sheet, header included, or row of a Parquet file; from 1. */
  readonly line: (sim: number) => number;
  /** Headers of the columns Poolwise does not read, in file order. */
  readonly carriedColumns: readonly string[];
  /** The cells of those columns, as they stood. */
  readonly carried: (sim: number) => string[];
  readonly quarantined: readonly QuarantinedRow[];
  /** Input order: a SIM's index, or -1 - index into `quarantined`. */
  readonly rows: () => Iterable<number>;
}
