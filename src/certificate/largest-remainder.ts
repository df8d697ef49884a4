/**
 * Shares of `amount` in proportion to `weights`, each rounded down, the rest one by one to the largest remainders, the
 * earlier first among equals; the shares add up to `amount`. The sum of the weights is above 0 and below 2^63.
 * O(n log n).
 */
export function largestRemainder(amount: bigint, weights: readonly bigint[]): BigInt64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  const shares = new BigInt64Array(weights.length);
  const remainders = new BigInt64Array(weights.length);
  let rest = amount;
  weights.forEach((weight, index) => {
    const product = amount * weight;
    const share = product / sum;
    shares[index] = share;
    remainders[index] = product - share * sum;
    rest -= share;
  });
  if (rest === 0n) return shares;
  const ascending = remainders.slice().sort();
  const last = ascending[ascending.length - Number(rest)] as bigint;
  const above = ascending.length - firstAbove(ascending, last);
  let ties = Number(rest) - above;
  for (let index = 0; index < shares.length; index++) {
    const remainder = remainders[index] as bigint;
    if (remainder < last || (remainder === last && ties-- <= 0)) continue;
    shares[index] = (shares[index] as bigint) + 1n;
  }
  return shares;
}

/** Index of the first value above `value` in an ascending list. */
function firstAbove(ascending: BigInt64Array, value: bigint): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as bigint) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
