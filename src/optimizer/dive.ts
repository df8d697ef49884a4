import type { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { spreadPrices } from "./lagrangian.ts";
import type { Random } from "./random.ts";
import type { Branch, Relaxation, Vertex } from "./vertex.ts";

/**
 * Rounds a vertex by diving: the item with most money at stake among those shared between plans is fixed to one of
 * them, with its part as the chance of each, and the relaxation is solved again, until nothing is shared; what is
 * left to the small items evens out what the large ones leave. Offers the result. O(rows) relaxations.
 */
export function dive(
  instance: Instance,
  items: Items,
  relaxation: Relaxation,
  from: Vertex,
  branch: Branch,
  incumbent: Incumbent,
  random: Random,
): void {
  const forbidden = Uint8Array.from(branch.forbidden ?? new Uint8Array(items.plan.length));
  let vertex = from;
  for (let depth = 0; depth < 12 * (instance.rows.length + 1) && vertex.shared.length > 0; depth++) {
    for (const { item, option } of fixings(instance, items, vertex, random)) {
      for (let k = items.start[item] as number; k < (items.start[item + 1] as number); k++)
        if (k !== option) forbidden[k] = 1;
    }
    vertex = relaxation.solve(
      vertex,
      { ranges: branch.ranges, forbidden },
      Number.POSITIVE_INFINITY,
      40 + 4 * instance.rows.length,
    );
    if (vertex.value >= incumbent.objective) return;
  }
  incumbent.offerChoice(relaxation.wholeChoice(vertex), from.prices, true);
}

/** The item with most at stake, and the option it is fixed to. */
function fixings(
  instance: Instance,
  items: Items,
  vertex: Vertex,
  random: Random,
): { item: number; option: number }[] {
  const { perByte, perDevice } = spreadPrices(instance, vertex.prices);
  const byItem = new Map<number, { option: number; part: number }[]>();
  for (const shared of vertex.shared) {
    const item = itemAt(items, shared.option);
    const list = byItem.get(item);
    if (list === undefined) byItem.set(item, [shared]);
    else list.push(shared);
  }
  let best: { item: number; option: number } | undefined;
  let most = -1;
  for (const [item, parts] of byItem) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const { option } of parts) {
      const plan = items.plan[option] as number;
      const stake =
        (perByte[plan] as number) * (items.weight[option] as number) + (perDevice[plan] as number);
      low = Math.min(low, stake);
      high = Math.max(high, stake);
    }
    if (high - low <= most) continue;
    most = high - low;
    best = { item, option: draw(parts, random) };
  }
  return best === undefined ? [] : [best];
}

function draw(parts: readonly { option: number; part: number }[], random: Random): number {
  let at = random() * parts.reduce((sum, { part }) => sum + part, 0);
  for (const { option, part } of parts) {
    at -= part;
    if (at <= 0) return option;
  }
  return parts[parts.length - 1]?.option ?? 0;
}

/** The item an option belongs to, by binary search. */
export function itemAt(items: Items, option: number): number {
  let low = 0;
  let high = items.count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((items.start[middle] as number) <= option) low = middle;
    else high = middle - 1;
  }
  return low;
}
