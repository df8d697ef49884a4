import type { Bytes, Micros, Picos } from "./units.ts";
import { BYTES_PER_MB } from "./units.ts";

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$|^([+-]?)\.(\d+)$/;

/**
 * Reads a plain decimal ("12", "-0.5", ".25") as an integer count of 10^-places.
 * @returns undefined for anything else: an exponent, a thousands separator, blanks, NaN.
 * Digits past `places` must be zeros, otherwise "too-precise" comes back.
 */
export function parseScaled(text: string, places: number): bigint | "too-precise" | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const sign = (match[1] ?? match[4]) === "-" ? -1n : 1n;
  const whole = match[2] ?? "0";
  const fraction = match[3] ?? match[5] ?? "";
  const kept = fraction.slice(0, places);
  if (/[1-9]/.test(fraction.slice(places))) return "too-precise";
  return sign * BigInt(whole + kept.padEnd(places, "0"));
}

/** Rounds numerator / denominator half away from zero. `denominator` > 0. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const doubled = 2n * (numerator < 0n ? -numerator : numerator) + denominator;
  const magnitude = doubled / (2n * denominator);
  return numerator < 0n ? -magnitude : magnitude;
}

/** Decimal MB, exactly, to whole bytes, half up. undefined where the text is not a plain decimal. */
export function parseMegabytes(text: string): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? match[5] ?? "";
  const scaled = parseScaled(text, fraction.length);
  if (typeof scaled !== "bigint") return undefined;
  return divideRounded(scaled * BigInt(BYTES_PER_MB), 10n ** BigInt(fraction.length));
}

/** Integer count of 10^-places as a plain decimal without trailing zeros: (1500000n, 6) is "1.5". */
export function formatScaled(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Money as an exact decimal of up to 6 places and at least 2: 3500000 is "3.50". */
export function formatMicros(amount: Micros | number | bigint): string {
  const text = formatScaled(BigInt(amount), 6);
  const point = text.indexOf(".");
  if (point < 0) return `${text}.00`;
  return text.length - point === 2 ? `${text}0` : text;
}

/** A price as an exact decimal of up to 12 places. */
export function formatPicos(price: Picos | bigint): string {
  return formatScaled(price, 12);
}

const POWERS_OF_TEN = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
/** Up to here a count of 10^-7 MB stays far below 2^53. */
const SHORT_TEXT_BELOW_BYTES = 2 ** 42;

/** Whole bytes below 2^53 as the shortest decimal MB that reads back to the same bytes: 3.1 stays "3.1". */
export function formatMegabytesExact(bytes: Bytes | number): string {
  const megabytes = bytes / BYTES_PER_MB;
  if (bytes >= SHORT_TEXT_BELOW_BYTES) return withoutEndZeros(megabytes.toFixed(7));
  for (let places = 0; places < 7; places++) {
    const power = POWERS_OF_TEN[places] as number;
    const rounded = Math.round(megabytes * power) / power;
    if (Math.abs(rounded * BYTES_PER_MB - bytes) < 0.49) return rounded.toFixed(places);
  }
  return withoutEndZeros(megabytes.toFixed(7));
}

function withoutEndZeros(decimal: string): string {
  return decimal.replace(/\.?0+$/, "");
}
