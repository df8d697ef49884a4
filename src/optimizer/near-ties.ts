import { OPEN } from "./bin-costs.ts";
import type { BinCosts } from "./bin-costs.ts";
import type { FleetBins } from "./fleet-bins.ts";
import type { FleetLagrangian } from "./fleet-lagrangian.ts";
import { weightAt } from "./sim-classes.ts";
import type { PricedClasses } from "./sim-classes.ts";

/** SIMs kept of each stratum, and SIMs looked at for that at least. */
const PER_STRATUM = 96;
const LOOKED_AT = 4 * PER_STRATUM;
/** SIMs of a bin that are looked at where all of them are tied. */
const MOST_TIED = 256;

/**
 * The SIMs that moves should be looked for among: of every stratum of moves, by the pools left and entered and by the
 * size of the shift in steps of two, those of least regret, so that there is a large SIM for a large imbalance and a
 * small one for a small. Ascending. O(groups · plans + SIMs of the bins nearest to a tie).
 * @param plans plan of each SIM now.
 * @param limit micros of regret beyond which no move is of use.
 */
export function nearTies(
  { bins, costs }: FleetLagrangian,
  prices: Float64Array,
  plans: Uint16Array,
  limit: number,
): Uint32Array {
  const at = bins.classes.at(prices);
  const looked = new Uint8Array(bins.count);
  for (const candidates of binsByStratum(bins, costs, at, limit).values()) {
    candidates.sort((a, b) => a.regret - b.regret || a.bin - b.bin);
    let sims = 0;
    for (const { bin, count } of candidates) {
      if (sims >= LOOKED_AT) break;
      looked[bin] = 1;
      sims += count;
    }
  }
  const strata = new Map<number, Nearest>();
  for (let bin = 0; bin < bins.count; bin++)
    if (looked[bin] === 1) lookAtSims(bins, costs, bin, at, plans, strata);
  const found = new Set<number>();
  for (const { sims } of strata.values()) for (const sim of sims) found.add(sim);
  return Uint32Array.from(found).sort();
}

interface Candidate {
  readonly bin: number;
  readonly regret: number;
  readonly count: number;
}

/** Bins in which some SIM may be near a tie, by the kind of move that this would be. */
function binsByStratum(
  bins: FleetBins,
  costs: BinCosts,
  at: PricedClasses,
  limit: number,
): Map<number, Candidate[]> {
  const strata = new Map<number, Candidate[]>();
  const open = new Int32Array(bins.classes.most + 1);
  const strataOfMoves = new Strata(bins, at);
  for (let bin = 0; bin < bins.count; bin++) {
    const isOpen = costs.look(bin, at) === OPEN;
    const near = costs.candidates(open, limit);
    if (near < 2) continue;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.POSITIVE_INFINITY;
    let typical = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let c = 0; c < near; c++) {
      const o = open[c] as number;
      const low = (costs.low[o] as number) + costs.changeTo(o);
      const high = (costs.high[o] as number) + costs.changeTo(o);
      lowest = Math.min(lowest, low);
      highest = Math.min(highest, high);
      if (low + high < least) [least, typical] = [low + high, o];
    }
    const usage = bins.low[bins.groupOf[bin] as number] as number;
    const count = (bins.first[bin + 1] as number) - (bins.first[bin] as number);
    for (let c = 0; c < near; c++) {
      const o = open[c] as number;
      if (o === typical) continue;
      const low = (costs.low[o] as number) + costs.changeTo(o) - lowest;
      const high = (costs.high[o] as number) + costs.changeTo(o) - highest;
      const regret = isOpen ? 0 : Math.min(low, high);
      if (!(regret <= limit)) continue;
      const key = strataOfMoves.of(bin, usage, costs.plan[typical] as number, costs.plan[o] as number);
      const known = strata.get(key);
      if (known === undefined) strata.set(key, [{ bin, regret, count }]);
      else known.push({ bin, regret, count });
    }
  }
  return strata;
}

/** The SIMs of least regret of a stratum, ascending. */
interface Nearest {
  readonly sims: number[];
  readonly regrets: number[];
}

/** Enters the moves of a bin's SIMs into their strata. */
function lookAtSims(
  bins: FleetBins,
  costs: BinCosts,
  bin: number,
  at: PricedClasses,
  plans: Uint16Array,
  strata: Map<number, Nearest>,
): void {
  const isOpen = costs.look(bin, at) === OPEN;
  const open = new Int32Array(bins.classes.most + 1);
  const count = costs.candidates(open, Number.POSITIVE_INFINITY);
  const strataOfMoves = new Strata(bins, at);
  const { order, first, instance } = bins;
  const [from, to] = [first[bin] as number, first[bin + 1] as number];
  const stride = isOpen ? 1 : Math.max(1, Math.floor((to - from) / MOST_TIED));
  for (let j = from; j < to; j += stride) {
    const sim = order[j] as number;
    const plan = plans[sim] as number;
    let now = Number.POSITIVE_INFINITY;
    for (let c = 0; c < count; c++)
      if (costs.plan[open[c] as number] === plan) now = Math.min(now, costs.costOf(sim, open[c] as number));
    for (let c = 0; c < count; c++) {
      const o = open[c] as number;
      const other = costs.plan[o] as number;
      if (other === plan) continue;
      const regret = costs.costOf(sim, o) - now;
      if (!(regret < Number.POSITIVE_INFINITY)) continue;
      const key = strataOfMoves.of(bin, instance.problem.usage[sim] as number, plan, other);
      let nearest = strata.get(key);
      if (nearest === undefined) {
        nearest = { sims: [], regrets: [] };
        strata.set(key, nearest);
      }
      insert(nearest, sim, regret);
    }
  }
}

function insert({ sims, regrets }: Nearest, sim: number, regret: number): void {
  let place = regrets.length;
  if (place === PER_STRATUM && regret >= (regrets[place - 1] as number)) return;
  while (place > 0 && (regrets[place - 1] as number) > regret) place--;
  sims.splice(place, 0, sim);
  regrets.splice(place, 0, regret);
  if (regrets.length <= PER_STRATUM) return;
  sims.pop();
  regrets.pop();
}

/** Numbers the kinds of moves. */
class Strata {
  private readonly bins: FleetBins;
  private readonly at: PricedClasses;

  constructor(bins: FleetBins, at: PricedClasses) {
    this.bins = bins;
    this.at = at;
  }

  of(bin: number, usage: number, from: number, to: number): number {
    const { bins, at } = this;
    const { poolOf, plans } = bins.instance.problem.table;
    const ratingClass = bins.classes.ratingClass[
      bins.classOf[bins.groupOf[bin] as number] as number
    ] as number;
    const shiftOf = (plan: number): number =>
      (at.perByte[plan] as number) * Math.abs(weightAt(bins.instance, ratingClass, plan, usage));
    const size = Math.min(60, Math.max(0, Math.ceil(Math.log2(Math.max(shiftOf(from), shiftOf(to)) + 1))));
    const sides = ((poolOf[from] as number) + 1) * (plans + 1) + (poolOf[to] as number) + 1;
    return sides * 64 + size;
  }
}
