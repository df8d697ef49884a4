/** A column of few distinct texts: value of row i is `values[codes[i]]`. */
export interface DictionaryColumn {
  readonly codes: Uint16Array | Uint32Array;
  readonly values: readonly string[];
}

/**
 * SIMs by column, one entry per SIM in input order. Nothing is kept per SIM as an object, so that a fleet of
 * millions stays in typed arrays.
 */
export interface Fleet {
  readonly size: number;
  /** Text of 18 to 22 digits. */
  readonly iccid: (sim: number) => string;
  /** Integer bytes in the cycle; NaN where it is unknown. */
  readonly usageBytes: Float64Array;
  /** Index into the tariff's plans. */
  readonly ratePlan: Uint16Array;
  readonly communicationPlan: DictionaryColumn;
  readonly status: DictionaryColumn;
  readonly location: DictionaryColumn;
  /** Days of the cycle the SIM was active; -1 for the whole cycle. */
  readonly activeDays: Int16Array;
  /** 1 where the SIM must stay where it is. */
  readonly locked: Uint8Array;
  /** Micros it costs to change this SIM's plan; NaN for the run's default. undefined: the default for all. */
  readonly switchCost: Float64Array | undefined;
}

/** What a run asks of the optimiser, beside the fleet and the tariff. */
export interface Terms {
  /** Micros per changed SIM, where the SIM has none of its own. */
  readonly switchCost: number;
  /** Micros a move must save beyond its switching cost. */
  readonly minSaving: number;
  /** At most this many changed SIMs; Infinity for no limit. */
  readonly maxChanges: number;
  /** SIM states that are billed, in upper case; "" is a SIM without a state. */
  readonly billableStatuses: ReadonlySet<string>;
}

export const BILLABLE_STATUSES: ReadonlySet<string> = new Set(["ACTIVATED", "ACTIVE", ""]);
