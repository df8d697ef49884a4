/**
 * Adds shares of `amount` (micros) to `shares[rows[k]]` in proportion to `weights[k]`, by largest remainder: each
 * share is rounded down, and what is left goes micro by micro to the largest remainders, the earlier row first
 * among equals. The shares add up to `amount`. Weights are integers below 2^53 with a positive sum.
 */
export function splitByLargestRemainder(
  amount: number,
  weights: Float64Array,
  rows: Uint32Array,
  shares: Float64Array,
): void {
  let sum = 0n;
  for (const weight of weights) if (weight > 0) sum += BigInt(weight);
  const whole = BigInt(amount);
  const remainders = new Float64Array(weights.length);
  let left = amount;
  weights.forEach((weight, k) => {
    if (weight === 0) return;
    const product = whole * BigInt(weight);
    const share = Number(product / sum);
    remainders[k] = Number(product % sum);
    left -= share;
    const row = rows[k] as number;
    shares[row] = (shares[row] as number) + share;
  });
  giveToLargest(left, remainders, rows, shares);
}

/** Adds one micro to the `count` rows with the largest remainders. */
function giveToLargest(count: number, remainders: Float64Array, rows: Uint32Array, shares: Float64Array): void {
  if (count === 0) return;
  const sorted = Float64Array.from(remainders).sort();
  const threshold = sorted[sorted.length - count] as number;
  let atThreshold = count;
  for (const remainder of remainders) if (remainder > threshold) atThreshold--;
  remainders.forEach((remainder, k) => {
    if (remainder < threshold || (remainder === threshold && atThreshold-- <= 0)) return;
    const row = rows[k] as number;
    shares[row] = (shares[row] as number) + 1;
  });
}

/** Adds equal shares of `amount` (micros) to `shares[row]`; the earlier rows take the micros that are left. */
export function splitEqually(amount: number, rows: Uint32Array, shares: Float64Array): void {
  const share = Math.floor(amount / rows.length);
  const left = amount - share * rows.length;
  rows.forEach((row, k) => {
    shares[row] = (shares[row] as number) + share + (k < left ? 1 : 0);
  });
}
