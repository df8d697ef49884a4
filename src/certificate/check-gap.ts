import { describe } from "./read-fields.ts";
import type { Reasons } from "./reasons.ts";

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/;
/** A stated gap may differ from the exact one by this part of it: 1 in 10^12. */
const TOLERANCE = 10n ** 12n;

/**
 * Gives a reason where the stated gap is not (total − bound) / bound to within 10^-12 of itself; it is 0 where both
 * are equal and null where the bound alone is 0. `total` and `bound` are counts of the same part of the currency.
 */
export function checkGap(stated: number | undefined, total: bigint, bound: bigint, reasons: Reasons): void {
  if (total < bound) return;
  const right = stated === undefined ? bound === 0n && total !== 0n : isRatio(stated, total - bound, bound);
  if (right) return;
  const expected = total === bound ? "0" : bound === 0n ? "null" : ratioText(total - bound, bound);
  reasons.add(
    () =>
      `gap is ${stated === undefined ? "null" : describe(stated)}; (bill + penalties − bound) / bound is ${expected}.`,
  );
}

/** |stated − n / d| ≤ 10^-12 · n / d, without rounding. */
function isRatio(stated: number, n: bigint, d: bigint): boolean {
  if (n === 0n) return stated === 0;
  if (d === 0n) return false;
  const match = NUMBER.exec(String(stated));
  if (match === null) return false;
  const fraction = match[3] ?? "";
  const exponent = Number(match[4] ?? "0") - fraction.length;
  const digits = BigInt(`${match[1] ?? ""}${match[2] ?? ""}${fraction}`);
  const scale = 10n ** BigInt(Math.abs(exponent));
  const [top, bottom] = exponent >= 0 ? [digits * scale, 1n] : [digits, scale];
  const difference = top * d - n * bottom;
  return (difference < 0n ? -difference : difference) * TOLERANCE <= n * bottom;
}

function ratioText(n: bigint, d: bigint): string {
  return String(Number((n * 10n ** 30n) / d) / 1e30);
}
