/**
 * SIM indices by usage, least first, the lower index among equals. Radix sort over the bits of the usages, which as
 * non-negative doubles order like integers: O(SIMs), where a sort by comparison function takes seconds for a million.
 */
export function sortedByUsage(usage: Float64Array): Uint32Array {
  const size = usage.length;
  const words = new Uint32Array(Float64Array.from(usage).buffer);
  const little = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
  let order = Uint32Array.from({ length: size }, (_, sim) => sim);
  let next = new Uint32Array(size);
  const counts = new Uint32Array(65_537);
  for (let digit = 0; digit < 4; digit++) {
    const word = digit < 2 === little ? 0 : 1;
    const shift = digit % 2 === 0 ? 0 : 16;
    counts.fill(0);
    for (let sim = 0; sim < size; sim++) {
      const key = ((words[2 * sim + word] as number) >>> shift) & 0xffff;
      counts[key + 1] = (counts[key + 1] as number) + 1;
    }
    for (let key = 0; key < 65_536; key++)
      counts[key + 1] = (counts[key + 1] as number) + (counts[key] as number);
    for (const sim of order) {
      const key = ((words[2 * sim + word] as number) >>> shift) & 0xffff;
      const at = counts[key] as number;
      next[at] = sim;
      counts[key] = at + 1;
    }
    [order, next] = [next, order];
  }
  return order;
}
