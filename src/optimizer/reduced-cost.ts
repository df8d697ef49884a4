import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { spreadPrices } from "./lagrangian.ts";

/** Cost of every option at given prices, micros: own cost, its share of the rows' prices. O(options). */
export function reducedCosts(instance: Instance, items: Items, prices: Float64Array): Float64Array {
  const { perByte, perDevice, perChange } = spreadPrices(instance, prices);
  const reduced = new Float64Array(items.plan.length);
  for (let i = 0; i < items.count; i++) {
    const many = items.multiplicity[i] as number;
    for (let k = items.start[i] as number; k < (items.start[i + 1] as number); k++) {
      const p = items.plan[k] as number;
      reduced[k] =
        (items.cost[k] as number) +
        (perByte[p] as number) * (items.weight[k] as number) +
        many * ((perDevice[p] as number) + (items.change[k] === 1 ? perChange : 0));
    }
  }
  return reduced;
}
