import { expect, test } from "vitest";
import { MinCostFlow } from "./min-cost-flow.ts";
import { seededRandom } from "./random.ts";

interface Bipartite {
  readonly supply: readonly number[];
  readonly demand: readonly number[];
  /** Cost of a unit from each supply to each demand; undefined: no arc. */
  readonly cost: readonly (readonly (number | undefined)[])[];
}

function draw(seed: number): Bipartite {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const supply = Array.from({ length: 1 + below(3) }, () => below(4));
  const demand = Array.from({ length: 1 + below(3) }, () => below(4));
  const cost = supply.map(() => demand.map(() => (random() < 0.75 ? below(9) : undefined)));
  return { supply, demand, cost };
}

/** The most units that can be sent, and the least cost of sending them, unit by unit. */
function byTrying({ supply, demand, cost }: Bipartite): { sent: number; cost: number } {
  const units = supply.flatMap((count, s) => Array.from({ length: count }, () => s));
  const room = [...demand];
  const best = { sent: 0, cost: 0 };
  const place = (unit: number, sent: number, spent: number): void => {
    if (sent > best.sent || (sent === best.sent && spent < best.cost))
      Object.assign(best, { sent, cost: spent });
    if (unit === units.length) return;
    place(unit + 1, sent, spent);
    cost[units[unit] as number]?.forEach((price, d) => {
      if (price === undefined || (room[d] as number) === 0) return;
      room[d] = (room[d] as number) - 1;
      place(unit + 1, sent + 1, spent + price);
      room[d] = (room[d] as number) + 1;
    });
  };
  place(0, 0, 0);
  return best;
}

test("sends as much as can be sent, at the least cost, within every capacity", () => {
  for (let seed = 0; seed < 150; seed++) {
    const { supply, demand, cost } = draw(seed);
    const source = supply.length + demand.length;
    const flow = new MinCostFlow(source + 2);
    const arcs: { arc: number; s: number; d: number; price: number }[] = [];
    supply.forEach((count, s) => flow.addArc(source, s, count, 0));
    demand.forEach((count, d) => flow.addArc(supply.length + d, source + 1, count, 0));
    cost.forEach((row, s) =>
      row.forEach((price, d) => {
        if (price !== undefined)
          arcs.push({ arc: flow.addArc(s, supply.length + d, 99, price), s, d, price });
      }),
    );
    const sent = flow.send(source, source + 1, 99);
    const spent = arcs.reduce((sum, { arc, price }) => sum + flow.flowOn(arc) * price, 0);
    expect({ sent, cost: spent }, `seed ${seed}`).toEqual(byTrying({ supply, demand, cost }));
    supply.forEach((count, s) => {
      const left = arcs.reduce((sum, one) => sum + (one.s === s ? flow.flowOn(one.arc) : 0), 0);
      expect(left).toBeLessThanOrEqual(count);
    });
  }
});

test("sends no more than was asked", () => {
  const flow = new MinCostFlow(2);
  const arc = flow.addArc(0, 1, 5, 3);
  expect(flow.send(0, 1, 2)).toBe(2);
  expect(flow.flowOn(arc)).toBe(2);
});
