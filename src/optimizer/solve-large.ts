import { roundUpTo, statePrices } from "./bound.ts";
import type { StatedPrices } from "./bound.ts";
import { divideFleet } from "./divide-fleet.ts";
import type { DualResult } from "./dual.ts";
import { maximizeConcave, scalesAround, startPrices } from "./dual.ts";
import { balancePools } from "./balance-pools.ts";
import { binFleet } from "./fleet-bins.ts";
import { FleetLagrangian } from "./fleet-lagrangian.ts";
import { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import { choiceFromPlans } from "./item-choices.ts";
import type { Settled } from "./items.ts";
import { itemsOfSims } from "./items.ts";
import type { Evaluation } from "./lagrangian.ts";
import { rootRanges } from "./lagrangian.ts";
import { WIDE, iterate } from "./local-search.ts";
import { measure, tally } from "./measure.ts";
import { nearTies } from "./near-ties.ts";
import { leafNode, poolPricesOf } from "./proof.ts";
import { stateOf } from "./search-state.ts";
import type { Assignment, Solution } from "./solution.ts";
import type { SolveOptions } from "./solve-options.ts";

/** How exact the prices are, and a gap that no more search is spent on; shares of the bill. */
const TIGHT = 1e-8;
const CLOSE = 1e-8;
/** A gap that the first assignment that keeps the limits is not compared for. */
const NEEDS_NO_START = 1e-6;
/** A gap that no other way of bringing pools even is tried for, and how careful of other pools these ways are. */
const GOOD = 3e-7;
const CARE = [0, 0.02, 0.2];

/**
 * Solves a large fleet in O(SIMs): prices of the whole relaxation from bins of like SIMs, then every SIM takes the plan
 * that the relaxation gives it, but a few thousand near a tie, which are decided one by one so that the pools come out even.
 */
export function solveLarge(
  instance: Instance,
  start: Uint16Array | undefined,
  options: SolveOptions,
): Solution {
  const { problem } = instance;
  const stop = options.shouldStop ?? ((): boolean => false);
  const ranges = rootRanges(instance);
  // Where a start is given, today's assignment breaks a limit; the start is for where nothing better keeps them.
  const today = start === undefined ? measure(problem, problem.current) : undefined;
  const lagrangian = new FleetLagrangian(binFleet(instance), ranges);
  const dual = priceFleet(lagrangian);
  const plans = divideFleet(lagrangian, dual);
  const known = today === undefined ? Number.POSITIVE_INFINITY : today.bill + today.penalty;
  options.onProgress?.("search", known, dual.value);
  decideNearTies(lagrangian, dual, plans, options);
  const found = measure(problem, plans);
  const isClose = found.feasible && found.bill + found.penalty <= (1 + NEEDS_NO_START) * dual.value;
  const best =
    today === undefined && (isClose || start === undefined)
      ? found
      : better(today ?? measure(problem, start ?? problem.current), found);
  const proven = boundAt(lagrangian, dual.prices);
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

/** The prices of the relaxation over the whole fleet. */
function priceFleet(lagrangian: FleetLagrangian): DualResult {
  const { instance } = lagrangian.bins;
  const evaluateAt = (prices: Float64Array): Evaluation => lagrangian.evaluate(prices);
  // What the fleet costs where pools are free of charge: of the size of the bill, and never below 0.
  const { value } = evaluateAt(new Float64Array(instance.rows.length));
  const scale = scalesAround(instance, value / Math.max(1, instance.problem.size));
  return maximizeConcave(instance, rootRanges(instance), scale, evaluateAt, {
    start: startPrices(instance, scale),
    radius: 0.4,
    tolerance: Math.max(0.01, TIGHT * value),
    maxEvaluations: 400,
  });
}

/** The bound at prices as a certificate states them. */
function boundAt(
  lagrangian: FleetLagrangian,
  prices: Float64Array,
): { readonly bound: number; readonly stated: StatedPrices } {
  const { instance } = lagrangian.bins;
  const stated = statePrices(instance, prices, rootRanges(instance));
  return { bound: lagrangian.evaluate(stated.values).value, stated };
}

function better(a: Assignment, b: Assignment): Assignment {
  if (a.feasible !== b.feasible) return a.feasible ? a : b;
  const difference = b.bill + b.penalty - a.bill - a.penalty;
  return difference < 0 || (difference === 0 && b.changes < a.changes) ? b : a;
}

/** Decides the SIMs nearest to a tie one by one, all others settled, in place. */
function decideNearTies(
  lagrangian: FleetLagrangian,
  dual: DualResult,
  plans: Uint16Array,
  options: SolveOptions,
): void {
  const { prices, value } = dual;
  const { instance } = lagrangian.bins;
  const { problem } = instance;
  const limit = (value / Math.max(1, problem.size)) * Math.min(1, NEAR_SIMS / problem.size);
  const sims = nearTies(lagrangian, prices, plans, limit);
  sims.sort((a, b) => (problem.usage[a] as number) - (problem.usage[b] as number) || a - b);
  const items = itemsOfSims(instance, sims, settle(instance, plans, sims));
  const incumbent = new Incumbent(instance, items);
  const divided = choiceFromPlans(items, plans);
  incumbent.offer(stateOf(instance, items, divided));
  for (const care of CARE) {
    if (incumbent.objective - value <= GOOD * value) break;
    const state = stateOf(instance, items, divided);
    balancePools(instance, items, prices, state, incumbent.breach, care);
    incumbent.offer(state);
  }
  iterate(instance, items, dual, incumbent, {
    breadth: WIDE,
    work: (options.effort ?? 1) * (2e6 + 12 * items.plan.length),
    stop: options.shouldStop ?? ((): boolean => false),
    done: () => incumbent.objective - value <= CLOSE * value,
  });
  const { choice } = incumbent;
  if (choice === undefined) return;
  sims.forEach((sim, i) => {
    plans[sim] = items.plan[(items.start[i] as number) + (choice[i] as number)] as number;
  });
}

/** SIMs near enough to a tie to be worth a look, about. */
const NEAR_SIMS = 100_000;

/** Sums of all SIMs on their plans, but the ones that are still open. */
function settle(instance: Instance, plans: Uint16Array, open: Uint32Array): Settled {
  const skipped = new Uint8Array(instance.problem.size);
  for (const sim of open) skipped[sim] = 1;
  const { cost, penalty, ...sums } = tally(instance.problem, plans, skipped);
  return { ...sums, cost: instance.fixedCharges + cost + penalty };
}
