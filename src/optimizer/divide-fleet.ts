import { OPEN } from "./bin-costs.ts";
import type { DualResult } from "./dual.ts";
import type { FleetLagrangian } from "./fleet-lagrangian.ts";

/** Stands for a bin in which a cut has more than one plan. */
const SEVERAL = 0xffff;

/**
 * Turns the relaxation's mixture of choices into one choice: a SIM takes the plan that all cuts agree on, else the
 * plan furthest behind its share, going through the fleet by class and usage (error diffusion). Where cuts differ over
 * a whole bin, the SIMs that are on one of its plans already come first. O(SIMs + bins · cuts).
 */
export function divideFleet(lagrangian: FleetLagrangian, { mixture }: DualResult): Uint16Array {
  const { bins } = lagrangian;
  const { order, first, instance } = bins;
  const plans = new Uint16Array(instance.problem.size);
  const weights = mixture.map(({ weight }) => weight);
  const cuts = mixture.map(({ prices }) => planPerBin(lagrangian, prices));
  const behind = new Float64Array(instance.problem.table.plans);
  for (let bin = 0; bin < bins.count; bin++) {
    const agreed = cuts[0]?.[bin] as number;
    if (agreed !== SEVERAL && cuts.every((cut) => cut[bin] === agreed)) {
      for (let j = first[bin] as number; j < (first[bin + 1] as number); j++)
        plans[order[j] as number] = agreed;
    } else if (cuts.every((cut) => cut[bin] !== SEVERAL)) {
      divideBin(
        lagrangian,
        bin,
        cuts.map((cut) => cut[bin] as number),
        weights,
        behind,
        plans,
      );
    } else divideSims(lagrangian, bin, mixture, behind, plans);
  }
  return plans;
}

/** The plan that a whole bin takes at given prices, or SEVERAL. */
function planPerBin({ bins, costs }: FleetLagrangian, prices: Float64Array): Uint16Array {
  const at = bins.classes.at(prices);
  const plans = new Uint16Array(bins.count);
  for (let bin = 0; bin < bins.count; bin++) {
    const option = costs.look(bin, at);
    plans[bin] = option === OPEN ? SEVERAL : (costs.plan[option] as number);
  }
  return plans;
}

/** Divides a bin by numbers: each plan gets its share of the SIMs, those on it today first. */
function divideBin(
  { bins }: FleetLagrangian,
  bin: number,
  planOfCut: readonly number[],
  weights: readonly number[],
  behind: Float64Array,
  plans: Uint16Array,
): void {
  const { order, first, instance } = bins;
  const { current } = instance.problem;
  const [from, to] = [first[bin] as number, first[bin + 1] as number];
  const wanted = [...new Set(planOfCut)];
  planOfCut.forEach((plan, c) => {
    behind[plan] = (behind[plan] as number) + (weights[c] as number) * (to - from);
  });
  const left = wholeParts(wanted, to - from, behind);
  const rest: number[] = [];
  for (let j = from; j < to; j++) {
    const sim = order[j] as number;
    const own = wanted.indexOf(current[sim] as number);
    if (own < 0 || left[own] === 0) rest.push(sim);
    else {
      left[own] = (left[own] as number) - 1;
      plans[sim] = wanted[own] as number;
    }
  }
  spread(rest, wanted, left, plans);
}

/** Takes `count` SIMs out of what plans are behind, in whole numbers. */
function wholeParts(wanted: readonly number[], count: number, behind: Float64Array): number[] {
  const parts = wanted.map((plan) => Math.min(count, Math.max(0, Math.floor(behind[plan] as number))));
  let missing = count - parts.reduce((sum, part) => sum + part, 0);
  while (missing !== 0) {
    const step = Math.sign(missing);
    let most = -1;
    wanted.forEach((plan, w) => {
      const lag = step * ((behind[plan] as number) - (parts[w] as number));
      const before = wanted[most];
      if (step < 0 && parts[w] === 0) return;
      if (before === undefined || lag > step * ((behind[before] as number) - (parts[most] as number)))
        most = w;
    });
    parts[most] = (parts[most] as number) + step;
    missing -= step;
  }
  wanted.forEach((plan, w) => {
    behind[plan] = (behind[plan] as number) - (parts[w] as number);
  });
  return parts;
}

/** Gives the SIMs the plans in the numbers left of each, evenly mixed. */
function spread(
  sims: readonly number[],
  wanted: readonly number[],
  left: readonly number[],
  plans: Uint16Array,
): void {
  const lag = wanted.map(() => 0);
  for (const sim of sims) {
    let next = 0;
    wanted.forEach((_, w) => {
      lag[w] = (lag[w] as number) + (left[w] as number) / sims.length;
      if ((lag[w] as number) > (lag[next] as number)) next = w;
    });
    lag[next] = (lag[next] as number) - 1;
    plans[sim] = wanted[next] as number;
  }
}

/** Divides a bin SIM by SIM: the cuts' borders between plans run through it. */
function divideSims(
  { bins, costs }: FleetLagrangian,
  bin: number,
  mixture: DualResult["mixture"],
  behind: Float64Array,
  plans: Uint16Array,
): void {
  const { order, first } = bins;
  const [from, to] = [first[bin] as number, first[bin + 1] as number];
  const cuts = mixture.length;
  const taken = new Uint16Array((to - from) * cuts);
  const open = new Int32Array(bins.classes.most + 1);
  mixture.forEach(({ prices }, c) => {
    const at = bins.classes.at(prices);
    const option = costs.look(bin, at);
    const count = costs.candidates(open, 0);
    for (let j = from; j < to; j++) {
      const sim = order[j] as number;
      taken[(j - from) * cuts + c] = costs.plan[
        option === OPEN ? costs.cheapestOf(sim, open, count) : option
      ] as number;
    }
  });
  for (let j = from; j < to; j++) {
    const sim = order[j] as number;
    const row = taken.subarray((j - from) * cuts, (j - from + 1) * cuts);
    let next = row[0] as number;
    if (row.some((plan) => plan !== next)) {
      mixture.forEach(({ weight }, c) => {
        behind[row[c] as number] = (behind[row[c] as number] as number) + weight;
      });
      for (const plan of row) if ((behind[plan] as number) > (behind[next] as number)) next = plan;
      behind[next] = (behind[next] as number) - 1;
    }
    plans[sim] = next;
  }
}
