import { parseMegabytes } from "../../billing/decimal.ts";
import { BYTES_PER_MB, MAX_BYTES } from "../../billing/units.ts";
import { explainNumber } from "./explain-number.ts";
import { showCell } from "./show-cell.ts";

const POINT = 0x2e;
const ZERO = 0x30;
const BILLION = 1e9;

/** The cell is not a plain decimal of a usual size: `parseUsage` looks at it again as text. */
export const UNUSUAL = -1;

/**
 * Decimal MB at `bytes[start..end)` as whole bytes, half up; UNUSUAL where the cell needs a closer look. Exact:
 * nine decimals times 2^20 stay below 2^53, and what further decimals could add is below 2^20 / 10^9 of a byte.
 */
export function parseUsageDigits(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  let whole = 0;
  let byte = 0;
  while (position < end && (byte = (bytes[position] as number) - ZERO) >= 0 && byte <= 9) {
    whole = whole * 10 + byte;
    position++;
  }
  if (position === start || position - start > 10) return UNUSUAL;
  if (position === end) return whole * BYTES_PER_MB <= MAX_BYTES ? whole * BYTES_PER_MB : UNUSUAL;
  if (bytes[position] !== POINT) return UNUSUAL;
  position++;
  let billionths = 0;
  let scale = BILLION;
  const kept = Math.min(end, position + 9);
  for (; position < kept; position++) {
    byte = (bytes[position] as number) - ZERO;
    if (byte < 0 || byte > 9) return UNUSUAL;
    scale /= 10;
    billionths += byte * scale;
  }
  let further = false;
  for (; position < end; position++) {
    byte = (bytes[position] as number) - ZERO;
    if (byte < 0 || byte > 9) return UNUSUAL;
    further = true;
  }
  const scaled = billionths * BYTES_PER_MB;
  const rest = scaled % BILLION;
  if (further && rest < BILLION / 2 && rest + BYTES_PER_MB > BILLION / 2) return UNUSUAL;
  const size = whole * BYTES_PER_MB + (scaled - rest) / BILLION + (rest >= BILLION / 2 ? 1 : 0);
  return size <= MAX_BYTES ? size : UNUSUAL;
}

/** The same from text: bytes, NaN for a blank cell, or why the cell cannot be read. */
export function parseUsage(text: string): number | string {
  if (text === "") return Number.NaN;
  const size = parseMegabytes(text);
  if (size === undefined) return explainNumber(text);
  if (text.startsWith("-") && /[1-9]/.test(text))
    return `${showCell(text)} is negative. Usage is zero or more.`;
  if (size > BigInt(MAX_BYTES))
    return `${showCell(text)} is past 1 PiB (1,073,741,824 MB), the most a SIM may use. Are these bytes or KB?`;
  return Number(size);
}
