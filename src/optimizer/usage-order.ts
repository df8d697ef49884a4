const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
/** Usages are split into a low and a high part of this size, so that both are 32-bit integers. */
const LOW_PART = 2 ** 22;

/**
 * Indices by usage, the lower index first among equals. Usages are integers from 0 to below 2^53. Radix sort:
 * O(SIMs), where a sort by comparison function takes seconds for a million.
 */
export function sortedByUsage(usage: Float64Array, largestFirst = false): Uint32Array {
  const most = largestFirst ? greatest(usage) : 0;
  let order: Uint32Array = new Uint32Array(usage.length);
  for (let at = 0; at < order.length; at++) order[at] = at;
  const keys = new Uint32Array(usage.length);
  for (const high of [false, true]) {
    for (let at = 0; at < keys.length; at++) {
      const value = usage[order[at] as number] as number;
      const rank = largestFirst ? most - value : value;
      const part = Math.floor(rank / LOW_PART);
      keys[at] = high ? part : rank - part * LOW_PART;
    }
    order = sortedByKey(order, keys);
  }
  return order;
}

function greatest(values: Float64Array): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] as number);
  return most;
}

/** Sorts by one key, stably, a digit at a time from the lowest on; keys move along, so that each pass reads in order. */
function sortedByKey(first: Uint32Array, firstKeys: Uint32Array): Uint32Array {
  let order = first;
  let next: Uint32Array = new Uint32Array(first.length);
  let keys: Uint32Array = firstKeys.slice();
  let nextKeys: Uint32Array = new Uint32Array(first.length);
  let most = 0;
  for (let at = 0; at < keys.length; at++) most = Math.max(most, keys[at] as number);
  const ends = new Uint32Array(DIGITS + 1);
  for (let shift = 0; shift < 32 && most >>> shift > 0; shift += DIGIT_BITS) {
    ends.fill(0);
    for (let at = 0; at < keys.length; at++) {
      const digit = ((keys[at] as number) >>> shift) & (DIGITS - 1);
      ends[digit + 1] = (ends[digit + 1] as number) + 1;
    }
    for (let digit = 0; digit < DIGITS; digit++)
      ends[digit + 1] = (ends[digit + 1] as number) + (ends[digit] as number);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as number;
      const digit = (key >>> shift) & (DIGITS - 1);
      const to = ends[digit] as number;
      next[to] = order[at] as number;
      nextKeys[to] = key;
      ends[digit] = to + 1;
    }
    [order, next] = [next, order];
    [keys, nextKeys] = [nextKeys, keys];
  }
  return order;
}
