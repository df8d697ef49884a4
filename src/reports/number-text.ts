import { BYTES_PER_MB, MICROS_PER_UNIT } from "../billing/units.ts";

/** Integer micros as an exact decimal of 2 to 6 places, as `formatMicros` writes it, fast enough for every line. */
export function exactMoney(micros: number): string {
  const magnitude = Math.abs(micros);
  const rest = magnitude % MICROS_PER_UNIT;
  const whole = (magnitude - rest) / MICROS_PER_UNIT;
  return `${micros < 0 ? "-" : ""}${whole}.${fractionText(rest)}`;
}

function fractionText(rest: number): string {
  if (rest % 10_000 === 0) return rest < 100_000 ? `0${rest / 10_000}` : String(rest / 10_000);
  return trimZeros(`.${String(rest + MICROS_PER_UNIT).slice(1)}`).slice(1);
}

/** A decimal without zeros at its end; these lines are written for every SIM, so without a pattern. */
function trimZeros(text: string): string {
  if (!text.includes(".")) return text;
  let end = text.length;
  while (text[end - 1] === "0") end--;
  return text.slice(0, text[end - 1] === "." ? end - 1 : end);
}

const groupThousands = (digits: string): string =>
  digits.length <= 3 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** A whole number for people: 1,234,567. */
export function count(value: number): string {
  return `${value < 0 ? "-" : ""}${groupThousands(String(Math.abs(value)))}`;
}

/** "1 SIM", "1,234 SIMs". */
export function sims(value: number): string {
  return `${count(value)} ${value === 1 ? "SIM" : "SIMs"}`;
}

/** Money for people, to the cent; below half a cent exactly. 1234567890 is "1,234.57". */
export function roundedMoney(micros: number): string {
  const cents = Math.round(Math.abs(micros) / 10_000);
  if (cents === 0 && micros !== 0) return exactMoney(micros);
  const rest = cents % 100;
  return `${micros < 0 ? "-" : ""}${groupThousands(String((cents - rest) / 100))}.${rest < 10 ? "0" : ""}${rest}`;
}

/** Data for people: "3.1 MB", "2,048 MB", "1.5 GB" from 10,000 MB on. */
export function roundedData(bytes: number): string {
  const megabytes = bytes / BYTES_PER_MB;
  if (megabytes < 10_000) return `${roundedNumber(megabytes)} MB`;
  if (megabytes < 10_000 * 1_024) return `${roundedNumber(megabytes / 1_024)} GB`;
  return `${roundedNumber(megabytes / 1_048_576)} TB`;
}

function roundedNumber(value: number): string {
  if (value === 0) return "0";
  if (value < 0.01) return "under 0.01";
  if (value >= 100) return groupThousands(value.toFixed(0));
  return trimZeros(value.toFixed(value < 10 ? 2 : 1));
}

/** A fraction as a percentage for people: 0.1234 is "12.3 %". */
export function roundedPercent(fraction: number): string {
  const percent = Math.abs(fraction) * 100;
  if (percent === 0) return "0 %";
  const text = percent < 0.1 ? percent.toFixed(2) : percent.toFixed(1);
  const sign = fraction < 0 ? "-" : "";
  return Number(text) === 0 ? `under ${sign}0.01 %` : `${sign}${groupedDecimal(text)} %`;
}

/** A gap as a percentage to two significant digits, never rounded to nothing: 0.0000891 is "0.0089 %". */
export function gapPercent(gap: number): string {
  const percent = Math.abs(gap) * 100;
  if (percent === 0) return "0 %";
  if (!Number.isFinite(percent)) return "no ratio to a bound of 0";
  if (percent < 1e-9) return "under 0.000000001 %";
  const places = Math.max(0, Math.min(20, 1 - Math.floor(Math.log10(percent))));
  return `${gap < 0 ? "-" : ""}${groupedDecimal(trimZeros(percent.toFixed(places)))} %`;
}

function groupedDecimal(text: string): string {
  const point = text.indexOf(".");
  return point < 0 ? groupThousands(text) : groupThousands(text.slice(0, point)) + text.slice(point);
}

/** Micros per MB, which need not be whole, as a decimal of 2 to 12 places. */
export function pricePerMegabyte(micros: number): string {
  const text = trimZeros((micros / MICROS_PER_UNIT).toFixed(12));
  const point = text.indexOf(".");
  if (point < 0) return `${text}.00`;
  return text.length - point === 2 ? `${text}0` : text;
}
