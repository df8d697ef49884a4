/** Above this sum of weights a remainder may not fit the exact double arithmetic of `differenceOfProducts`. */
const MAX_DOUBLE_SUM = 2 ** 50;
/** Splits a double of 53 bits into two halves whose products are exact (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;
const MAX_BUCKETS = 4096;

interface Split {
  readonly amount: number;
  readonly sum: number;
  readonly weights: Float64Array;
  readonly rows: Uint32Array;
  readonly shares: Float64Array;
  /** amount · weight mod sum. */
  readonly remainders: Float64Array;
}

/**
 * Adds shares of `amount` (micros) to `shares[rows[k]]` in proportion to `weights[k]`, by largest remainder: each
 * share is rounded down, and what is left goes micro by micro to the largest remainders, the earlier row first
 * among equals. The shares add up to `amount`. Weights are integers ≥ 0 whose sum is positive and below 2^53.
 * O(rows) where remainders are spread, O(rows · log rows) where they crowd.
 */
export function splitByLargestRemainder(
  amount: number,
  weights: Float64Array,
  rows: Uint32Array,
  shares: Float64Array,
): void {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k] as number;
  const split = { amount, sum, weights, rows, shares, remainders: new Float64Array(weights.length) };
  const given = sum < MAX_DOUBLE_SUM ? giveWholeParts(split) : giveWholePartsBig(split);
  giveToLargest(amount - given, split);
}

/** Adds floor(amount · weight / sum) to each share, notes the remainder, and returns what was given in all. */
function giveWholeParts({ amount, sum, weights, rows, shares, remainders }: Split): number {
  let given = 0;
  for (let k = 0; k < weights.length; k++) {
    const weight = weights[k] as number;
    if (weight === 0) continue;
    let share = Math.floor((amount * weight) / sum);
    let remainder = differenceOfProducts(amount, weight, share, sum);
    for (; remainder < 0; remainder += sum) share--;
    for (; remainder >= sum; remainder -= sum) share++;
    remainders[k] = remainder;
    given += share;
    const row = rows[k] as number;
    shares[row] = (shares[row] as number) + share;
  }
  return given;
}

function giveWholePartsBig({ amount, sum, weights, rows, shares, remainders }: Split): number {
  const [bigAmount, bigSum] = [BigInt(amount), BigInt(sum)];
  let given = 0;
  for (let k = 0; k < weights.length; k++) {
    const product = bigAmount * BigInt(weights[k] as number);
    const share = Number(product / bigSum);
    remainders[k] = Number(product % bigSum);
    given += share;
    const row = rows[k] as number;
    shares[row] = (shares[row] as number) + share;
  }
  return given;
}

/**
 * a · b − c · d, exactly, for integers from 0 to 2^53 whose products stay below 2^103 and are within 2^52 of each
 * other. Each product is its double and that double's error (Dekker): the errors are at most 2^50, so every
 * difference here is a whole number that a double holds.
 */
function differenceOfProducts(a: number, b: number, c: number, d: number): number {
  const left = a * b;
  const right = c * d;
  if (left <= Number.MAX_SAFE_INTEGER && right <= Number.MAX_SAFE_INTEGER) return left - right;
  return left - right + (productError(a, b, left) - productError(c, d, right));
}

/** a · b − product, where product is a · b as a double. */
function productError(a: number, b: number, product: number): number {
  const aHigh = highHalf(a);
  const bHigh = highHalf(b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function highHalf(value: number): number {
  const scaled = value * SPLITTER;
  return scaled - (scaled - value);
}

/** Adds one micro to the `count` rows with the largest remainders. */
function giveToLargest(count: number, { sum, remainders, rows, shares }: Split): void {
  if (count === 0) return;
  const threshold = kthLargest(remainders, sum, count);
  let atThreshold = count;
  for (let k = 0; k < remainders.length; k++) if ((remainders[k] as number) > threshold) atThreshold--;
  for (let k = 0; k < remainders.length; k++) {
    const remainder = remainders[k] as number;
    if (remainder < threshold || (remainder === threshold && atThreshold-- <= 0)) continue;
    const row = rows[k] as number;
    shares[row] = (shares[row] as number) + 1;
  }
}

/** The k-th largest of numbers from 0 to below `sum`: found by counting them in buckets and sorting one bucket. */
function kthLargest(values: Float64Array, sum: number, k: number): number {
  const buckets = Math.min(values.length, MAX_BUCKETS);
  const counts = new Uint32Array(buckets + 1);
  for (let i = 0; i < values.length; i++) {
    const bucket = Math.floor(((values[i] as number) / sum) * buckets);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
  let chosen = buckets;
  let above = 0;
  while (above + (counts[chosen] as number) < k) above += counts[chosen--] as number;
  const inside = new Float64Array(counts[chosen] as number);
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Math.floor((value / sum) * buckets) === chosen) inside[found++] = value;
  }
  inside.sort();
  return inside[inside.length - (k - above)] as number;
}

/** Adds equal shares of `amount` (micros) to `shares[row]`; the earlier rows take the micros that are left. */
export function splitEqually(amount: number, rows: Uint32Array, shares: Float64Array): void {
  const share = Math.floor(amount / rows.length);
  const left = amount - share * rows.length;
  for (let k = 0; k < rows.length; k++) {
    const row = rows[k] as number;
    shares[row] = (shares[row] as number) + share + (k < left ? 1 : 0);
  }
}
