declare const unit: unique symbol;

/** Integer millionths of the currency unit. Exact while |value| < 2^53. */
export type Micros = number & { readonly [unit]: "micros" };
/** Integer bytes. Exact while the value < 2^53. */
export type Bytes = number & { readonly [unit]: "bytes" };
/** Integer 10^-12 of the currency unit (or of 1, for a tax rate): a price of up to 12 decimals, exactly. */
export type Picos = bigint & { readonly [unit]: "picos" };

/** 1 MB = 1,048,576 bytes, 1 KB = 1,024 bytes. */
export const BYTES_PER_MB = 1_048_576;
export const BYTES_PER_KB = 1_024;
export const MICROS_PER_UNIT = 1_000_000;
export const PICOS_PER_MICRO = 1_000_000n;
export const PICOS_PER_UNIT = 1_000_000_000_000n;

/** A SIM's usage in a cycle, an allowance, a block: at most 1 PiB. */
export const MAX_BYTES = 2 ** 50;
/** The sum of a fleet's usage, and of a pool's allowance: below 8 PiB, so that sums stay exact. */
export const MAX_TOTAL_BYTES = 2 ** 53 - 1;
/** Any price: at most 1,000,000,000 currency units. */
export const MAX_PRICE: Picos = (1_000_000_000n * PICOS_PER_UNIT) as Picos;
/** A bill, and any sum of charges: below 2^53 micros, about 9,007,199,254 currency units. */
export const MAX_TOTAL_MICROS = 2 ** 53 - 1;
/** Rate plans in one tariff: an index fits 16 bits and 65535 is free to mean "none". */
export const MAX_PLANS = 60_000;

export const bytes = (value: number): Bytes => value as Bytes;
export const picos = (value: bigint): Picos => value as Picos;
