import { ownCost } from "../billing/rate-table.ts";
import type { StatedPrices } from "./bound.ts";
import { boundOfRows, roundUpTo, statePrices } from "./bound.ts";
import type { DualResult } from "./dual.ts";
import { maximizeDual, rowScales, startPrices } from "./dual.ts";
import type { FleetBins } from "./fleet-bins.ts";
import { binFleet } from "./fleet-bins.ts";
import type { NearTies } from "./fleet-scan.ts";
import { FleetScan } from "./fleet-scan.ts";
import { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import { choiceCost, poolWeight } from "./instance.ts";
import type { Items, Settled } from "./items.ts";
import { itemsOfSims, nothingSettled } from "./items.ts";
import { rootRanges } from "./lagrangian.ts";
import { WIDE, iterate } from "./local-search.ts";
import { measure } from "./measure.ts";
import { leafNode, poolPricesOf } from "./proof.ts";
import { roundMixture } from "./round.ts";
import { stateOf } from "./search-state.ts";
import type { Assignment, Solution } from "./solution.ts";
import type { SolveOptions } from "./solve-options.ts";
import { choiceFromPlans, plansOf } from "./item-choices.ts";

/** SIMs near a tie that are decided one by one. */
const NEAR_TIES = 12_000;
const ROUNDS = 3;
/** A gap that no further round is spent on. */
const CLOSE = 8e-7;

/**
 * Solves a large fleet in O(SIMs · plans): prices from bins of like SIMs, then every SIM takes its cheapest plan at
 * those prices but the few thousand nearest to a tie, which are decided one by one so that the pools come out even.
 */
export function solveLarge(
  instance: Instance,
  start: Uint16Array | undefined,
  options: SolveOptions,
): Solution {
  const { problem } = instance;
  const stop = options.shouldStop ?? ((): boolean => false);
  const ranges = rootRanges(instance);
  const scan = new FleetScan(instance);
  const bins = binFleet(scan);
  const dual = maximizeDual(instance, bins.items, ranges, {
    start: startPrices(instance, rowScales(instance, bins.items)),
    radius: 0.4,
    tolerance: Math.max(0.01, problem.size * 1e-5),
    maxEvaluations: 400,
  });
  const choices: NearTies = {
    best: new Uint16Array(problem.size),
    second: new Uint16Array(problem.size),
    margin: new Float32Array(problem.size),
  };
  let best: Assignment = measure(problem, problem.current);
  if (start !== undefined) best = better(best, measure(problem, start));
  const boundAt = (prices: Float64Array, into?: NearTies): Bound => {
    const stated = statePrices(instance, prices, ranges);
    scan.setPrices(stated.values);
    return { bound: scan.cheapest(into) + boundOfRows(instance, ranges, stated.values), stated };
  };
  let proven = boundAt(dual.prices, choices);
  divideTies(scan, bins, dual, choices.best);
  const isClose = (): boolean =>
    best.feasible && best.bill + best.penalty - proven.bound <= CLOSE * proven.bound;
  for (let round = 0; round < ROUNDS && !isClose() && (round === 0 || !stop()); round++) {
    options.onProgress?.("search", best.bill + best.penalty, proven.bound);
    const near = decideNearTies(scan, choices, dual.prices, NEAR_TIES << round, options);
    best = better(best, measure(problem, choices.best));
    if (!isClose()) proven = tighter(proven, boundAt(near.prices));
  }
  const objective = best.bill + best.penalty;
  const bound = Math.min(roundUpTo(1, proven.bound), objective);
  return {
    assignment: best,
    bound,
    lattice: 1,
    proof: leafNode(instance, proven.stated.texts),
    poolPrices: poolPricesOf(instance, proven.stated.values),
    status: bound === objective ? "optimal" : stop() ? "deadline" : "gap",
  };
}

/** A bound and the prices that prove it. */
interface Bound {
  readonly bound: number;
  readonly stated: StatedPrices;
}

function tighter(a: Bound, b: Bound): Bound {
  return b.bound > a.bound ? b : a;
}

function better(a: Assignment, b: Assignment): Assignment {
  if (a.feasible !== b.feasible) return a.feasible ? a : b;
  const difference = b.bill + b.penalty - a.bill - a.penalty;
  return difference < 0 || (difference === 0 && b.changes < a.changes) ? b : a;
}

/** Settles all SIMs on their cheapest plan but those nearest to a tie, and decides these one by one, in place. */
function decideNearTies(
  scan: FleetScan,
  choices: NearTies,
  prices: Float64Array,
  wanted: number,
  options: SolveOptions,
): DualResult {
  const { instance } = scan;
  const { problem } = instance;
  const sims = nearest(instance, choices, wanted);
  sims.sort((a, b) => (problem.usage[a] as number) - (problem.usage[b] as number) || a - b);
  const items = itemsOfSims(instance, sims, settle(instance, choices.best, sims));
  const dual = maximizeDual(instance, items, rootRanges(instance), {
    start: prices,
    radius: 0.001,
    tolerance: Math.max(1, problem.size * 1e-3),
    maxEvaluations: 40,
  });
  const incumbent = new Incumbent(instance, items);
  incumbent.offer(stateOf(instance, items, choiceFromPlans(items, choices.best)));
  incumbent.offer(stateOf(instance, items, roundMixture(instance, items, dual)));
  iterate(instance, items, dual, incumbent, {
    breadth: WIDE,
    work: (options.effort ?? 1) * (2e6 + 12 * items.plan.length),
    stop: options.shouldStop ?? ((): boolean => false),
    done: () => incumbent.objective - dual.value <= (CLOSE / 2) * dual.value,
  });
  if (incumbent.choice === undefined) return dual;
  const chosen = plansOf(problem, items, incumbent.choice);
  for (const sim of sims) choices.best[sim] = chosen[sim] as number;
  return dual;
}

/** Micros within which two plans count as tied for a SIM. */
const TIED = 0.5;

/**
 * Where plans are tied for a SIM it follows the relaxation: the SIMs of a bin take the plans in the parts they have
 * there, by error diffusion. Ties may hold for most of a fleet: two pools whose prices make them equally good for everybody.
 */
function divideTies(
  scan: FleetScan,
  { items, binOf }: FleetBins,
  { mixture }: DualResult,
  plans: Uint16Array,
): void {
  const bins = binParts(items, mixture);
  for (let sim = 0; sim < plans.length; sim++) {
    const parts = bins[binOf(sim)] as Part[];
    if (parts.length === 1 && parts[0]?.plan === plans[sim]) continue;
    let least = scan.cost(sim, plans[sim] as number);
    let share = 0;
    for (const part of parts) {
      part.cost = scan.cost(sim, part.plan);
      least = Math.min(least, part.cost);
    }
    for (const part of parts) if (part.cost <= least + TIED) share += part.share;
    if (share === 0) continue;
    let next: Part | undefined;
    for (const part of parts) {
      if (part.cost > least + TIED) continue;
      part.behind += part.share / share;
      if (next === undefined || part.behind > next.behind) next = part;
    }
    if (next === undefined) continue;
    next.behind -= 1;
    plans[sim] = next.plan;
  }
}

interface Part {
  readonly plan: number;
  readonly share: number;
  behind: number;
  cost: number;
}

/** Which part of each bin each plan gets in the mixture. */
function binParts(items: Items, mixture: DualResult["mixture"]): Part[][] {
  const bins: Part[][] = [];
  for (let bin = 0; bin < items.count; bin++) {
    const shares = new Map<number, number>();
    for (const { choice, weight } of mixture) {
      const plan = items.plan[(items.start[bin] as number) + (choice[bin] as number)] as number;
      shares.set(plan, (shares.get(plan) ?? 0) + weight);
    }
    bins.push([...shares].map(([plan, share]) => ({ plan, share, behind: 0, cost: 0 })));
  }
  return bins;
}

/**
 * The SIMs nearest to a tie: of every pair of pools that a SIM stands between, those with the least margin, about
 * `wanted` in all and evenly spread among equals. O(SIMs).
 */
function nearest({ problem }: Instance, { best, second, margin }: NearTies, wanted: number): Uint32Array {
  const { poolOf, plans } = problem.table;
  const side = (plan: number): number => ((poolOf[plan] as number) < 0 ? plans : (poolOf[plan] as number));
  const strata = new Map<number, { counts: Uint32Array; limit: number; share: number; seen: number }>();
  const keyOf = (sim: number): number =>
    side(best[sim] as number) * (plans + 1) + side(second[sim] as number);
  for (let sim = 0; sim < margin.length; sim++) {
    if (margin[sim] === Number.POSITIVE_INFINITY) continue;
    const key = keyOf(sim);
    let stratum = strata.get(key);
    if (stratum === undefined) {
      stratum = { counts: new Uint32Array(MARGIN_BUCKETS), limit: 0, share: 0, seen: 0 };
      strata.set(key, stratum);
    }
    const bucket = marginBucket(margin[sim] as number);
    stratum.counts[bucket] = (stratum.counts[bucket] as number) + 1;
  }
  const quota = Math.ceil(wanted / Math.max(1, strata.size));
  for (const stratum of strata.values()) {
    let left = quota;
    while (stratum.limit < MARGIN_BUCKETS && (stratum.counts[stratum.limit] as number) <= left) {
      left -= stratum.counts[stratum.limit] as number;
      stratum.limit++;
    }
    stratum.share = left / Math.max(1, stratum.counts[stratum.limit] ?? 1);
  }
  const found: number[] = [];
  for (let sim = 0; sim < margin.length; sim++) {
    const stratum = margin[sim] === Number.POSITIVE_INFINITY ? undefined : strata.get(keyOf(sim));
    if (stratum === undefined) continue;
    const bucket = marginBucket(margin[sim] as number);
    if (bucket < stratum.limit) found.push(sim);
    else if (bucket === stratum.limit) {
      const before = Math.floor(stratum.seen * stratum.share);
      stratum.seen++;
      if (Math.floor(stratum.seen * stratum.share) > before) found.push(sim);
    }
  }
  return Uint32Array.from(found);
}

const MARGIN_BUCKETS = 512;

/** Logarithmic bucket of a margin in micros, eight to an octave. */
function marginBucket(margin: number): number {
  return margin < 1 ? 0 : Math.min(MARGIN_BUCKETS - 1, 1 + Math.floor(8 * Math.log2(margin)));
}

/** Sums of all SIMs on their plans, but the ones that are still open. */
function settle(instance: Instance, plans: Uint16Array, open: Uint32Array): Settled {
  const { problem } = instance;
  const { table } = problem;
  const sums = nothingSettled(instance);
  const left = new Uint8Array(problem.size);
  for (const sim of open) left[sim] = 1;
  let { cost, changes } = sums;
  for (let i = 0; i < problem.size; i++) {
    if (left[i] === 1) continue;
    const plan = plans[i] as number;
    const stays = plan === problem.current[i];
    cost += stays
      ? ownCost(table, problem.ratingClass[i] as number, plan, problem.usage[i] as number)
      : choiceCost(problem, i, plan);
    if (!stays) changes++;
    sums.devices[plan] = (sums.devices[plan] as number) + 1;
    const pool = table.poolOf[plan] as number;
    if (pool >= 0) sums.weight[pool] = (sums.weight[pool] as number) + poolWeight(problem, i, plan);
  }
  return { ...sums, cost, changes };
}
