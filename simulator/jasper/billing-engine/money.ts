const PICOS_PER_MICRO = 1_000_000n;
const DECIMAL = /^(\d+)(?:\.(\d{1,12}))?$/;

/** A decimal text of up to 12 places as 10⁻¹² of the unit. Throws RangeError for anything else. */
export function toPicos(decimal: string): bigint {
  const match = DECIMAL.exec(decimal);
  if (match === null)
    throw new RangeError(`"${decimal}" is no price: digits with up to 12 decimals were expected.`);
  return BigInt(match[1] + (match[2] ?? "").padEnd(12, "0"));
}

/** `picos · a / b` in micros, rounded once, half away from zero; nothing here is negative. */
export function toMicros(picos: bigint, a = 1n, b = 1n): bigint {
  const divisor = b * PICOS_PER_MICRO;
  return (2n * picos * a + divisor) / (2n * divisor);
}

/** Micros as decimal text with six places. */
export function microsText(micros: bigint): string {
  const digits = micros.toString().padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

export function startedUnits(amount: bigint, unit: bigint): bigint {
  return amount <= 0n ? 0n : (amount + unit - 1n) / unit;
}
