/**
 * Money in the checker is a `bigint` count of one of these parts of 1 currency unit:
 * micros 10^-6 (amounts that are charged), picos 10^-12 (prices of plans, and tax rates as parts of 1), attos 10^-18
 * (prices in a certificate), and grains 10^-24 · 2^-20, in which a price per MB times bytes, and a price times a tax
 * rate, are whole.
 */
export const MICRO_PLACES = 6;
export const ATTO_PLACES = 18;
export const PICOS_PER_MICRO = 10n ** 6n;
export const PICOS_PER_ONE = 10n ** 12n;
export const GRAINS_PER_MICRO = 10n ** 18n * 2n ** 20n;
export const GRAINS_PER_ATTO = 10n ** 6n * 2n ** 20n;
/** An atto per MB is this many grains per byte. */
export const GRAINS_PER_BYTE_AT_ONE_ATTO = 10n ** 6n;
/** 1 pico times 1 pico of tax rate is this many grains. */
export const GRAINS_PER_PICO_SQUARED = 2n ** 20n;

const BYTES_PER_MB = 2n ** 20n;
const MAX_TEXT = 64;
const UNSIGNED = /^(0|[1-9]\d{0,23})(?:\.(\d{1,18}))?$/;
const USAGE = /^\+?(\d*)(?:\.(\d*))?$/;

/**
 * Reads a plain decimal ("0", "12.50") of at most 24 digits before the point and `places` (up to 18) after it as a
 * count of 10^-places. undefined for everything else: a sign, an exponent, leading zeros, blanks, more digits.
 */
export function readDecimal(text: string, places: number): bigint | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const match = UNSIGNED.exec(text);
  if (match === null) return undefined;
  const fraction = match[2] ?? "";
  if (fraction.length > places) return undefined;
  return BigInt((match[1] ?? "") + fraction.padEnd(places, "0"));
}

/** As `readDecimal`, with an optional minus sign. */
export function readSignedDecimal(text: string, places: number): bigint | undefined {
  if (!text.startsWith("-")) return readDecimal(text, places);
  const magnitude = readDecimal(text.slice(1), places);
  return magnitude === undefined ? undefined : -magnitude;
}

/** Decimal MB to whole bytes, half up; undefined where the text is not a plain decimal of up to 64 characters. */
export function readMegabytes(text: string): bigint | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const match = USAGE.exec(text);
  const whole = match?.[1] ?? "";
  const fraction = match?.[2] ?? "";
  if (whole + fraction === "") return undefined;
  return roundedQuotient(BigInt(whole + fraction) * BYTES_PER_MB, 10n ** BigInt(fraction.length));
}

/** A count of 10^-places as a plain decimal of at least 2 places, no more zeros than that. */
export function decimalText(value: bigint, places: number): string {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, "0");
  const split = digits.length - places;
  const fraction = digits.slice(split).replace(/0+$/, "").padEnd(2, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, split)}.${fraction}`;
}

/** n / d to the nearest whole number, half away from zero. n ≥ 0, d > 0. */
export function roundedQuotient(n: bigint, d: bigint): bigint {
  return (n + n + d) / (d + d);
}

/** The least whole number ≥ n / d, also for n < 0. d > 0. */
export function quotientUp(n: bigint, d: bigint): bigint {
  return n > 0n ? (n + d - 1n) / d : n / d;
}

/** The greatest whole number ≤ n / d, also for n < 0. d > 0. */
export function quotientDown(n: bigint, d: bigint): bigint {
  return -quotientUp(-n, d);
}
