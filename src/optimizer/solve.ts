import type { Problem } from "../billing/problem.ts";
import { boundOverItems, latticeOf, roundUpTo, statePrices } from "./bound.ts";
import type { BranchOptions } from "./branch.ts";
import { branchAndBound } from "./branch.ts";
import { rowScales } from "./dual.ts";
import { feasibleAssignment } from "./feasible.ts";
import { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import { compileInstance, roundingOf } from "./instance.ts";
import type { Items } from "./items.ts";
import { itemsOfAllSims } from "./items.ts";
import type { Ranges } from "./lagrangian.ts";
import { evaluate, rootRanges } from "./lagrangian.ts";
import { exchange } from "./local-search.ts";
import type { Proof } from "./proof.ts";
import { pricesOf, proofOf } from "./proof.ts";
import { measure } from "./measure.ts";
import { stateOf } from "./search-state.ts";
import type { Infeasible, Solution } from "./solution.ts";
import { DualSimplex } from "./dual-simplex.ts";
import { choiceFromPlans, plansOf } from "./item-choices.ts";
import type { SolveOptions } from "./solve-options.ts";
import { solveLarge } from "./solve-large.ts";

export type { SolveOptions };

/** Above this many SIMs the fleet is binned first and only the SIMs near a tie are looked at one by one. */
export const DIRECT_SIMS = 24_000;
/** Up to this many SIMs branching pays. */
const BRANCH_SIMS = 12_000;
/** Up to this many SIMs the proof may split by the number of SIMs on a plan, where other splits do not suffice. */
const COUNT_SIMS = 100;

/**
 * The cheapest assignment of plans to SIMs that keeps the limits, and a proof of how far it can be from the least.
 * Pure and deterministic: the work done depends on the problem alone, unless `shouldStop` ends it.
 */
export function solve(problem: Problem, options: SolveOptions = {}): Solution | Infeasible {
  const start = feasibleAssignment(problem);
  if (start.status === "infeasible") return start;
  const instance = compileInstance(problem);
  if (problem.size > DIRECT_SIMS) return solveLarge(instance, start.plans, options);
  return solveDirect(instance, start.plans, options);
}

function solveDirect(instance: Instance, start: Uint16Array | undefined, options: SolveOptions): Solution {
  const stop = options.shouldStop ?? ((): boolean => false);
  const progress = options.onProgress ?? ((): void => {});
  const { problem } = instance;
  const items = itemsOfAllSims(instance);
  const ranges = rootRanges(instance);
  const lattice = latticeOf(instance, items);
  const incumbent = new Incumbent(instance, items);
  incumbent.offer(stateOf(instance, items, new Uint16Array(items.count)));
  if (start !== undefined) incumbent.offer(stateOf(instance, items, choiceFromPlans(items, start)));
  progress("bound", incumbent.objective, 0);
  const dual =
    items.count > BRANCH_SIMS
      ? startAsLarge(instance, items, start, incumbent, options)
      : startFromVertex(instance, items, start, incumbent);
  const budget = (options.effort ?? 1) * searchWork(items);
  const margin = boundMargin(instance, items, ranges, dual.prices);
  const cutoff = (): number => incumbent.objective - lattice + margin;
  const rootBound = dual.value + roundingOf(instance, ranges);
  progress("search", incumbent.objective, rootBound);
  const done = (): boolean => rootBound > cutoff();
  if (!done()) exchange(instance, items, dual.prices, incumbent, { work: budget, stop, done });

  let best = proofOf(instance, items, { parent: undefined, side: 0, prices: dual.prices, bound: rootBound });
  const isProven = (): boolean => roundUpTo(lattice, best.bound) >= incumbent.objective;
  for (const attempt of attemptsFor(items)) {
    if (isProven() || stop() || instance.rows.length === 0) break;
    progress(attempt.proves ? "prove" : "search", incumbent.objective, best.bound);
    const tried = branch(instance, attempt.countsDevices, items, incumbent, {
      work: (options.effort ?? 1) * attempt.work,
      probes: attempt.probes,
      stop,
      cutoff,
      progress: (bound) => progress("prove", incumbent.objective, bound),
    });
    if (attempt.proves && tried.bound > best.bound) best = tried;
  }
  const assignment = measure(problem, plansOf(problem, items, incumbent.choice));
  const objective = assignment.bill + assignment.penalty;
  const proven = Math.min(roundUpTo(lattice, best.bound), objective);
  const status = proven === objective ? "optimal" : stop() ? "deadline" : "gap";
  return { assignment, bound: proven, lattice, proof: best.proof, poolPrices: best.poolPrices, status };
}

/** Prices, and L at them in micros. */
interface Start {
  readonly prices: Float64Array;
  readonly value: number;
}

/** Prices and a first assignment from the relaxation over single SIMs. */
function startFromVertex(
  instance: Instance,
  items: Items,
  start: Uint16Array | undefined,
  incumbent: Incumbent,
): Start {
  const relaxation = new DualSimplex(instance, items, rowScales(instance, items));
  const branch = { ranges: rootRanges(instance), forbidden: undefined };
  const vertex = relaxation.solveAnew(branch, Number.POSITIVE_INFINITY, mostIterations(instance));
  incumbent.offerChoice(relaxation.wholeChoice(vertex), vertex.prices, true);
  if (start !== undefined)
    incumbent.improve(stateOf(instance, items, choiceFromPlans(items, start)), vertex.prices);
  return vertex;
}

/** Prices and a first assignment by the way of large fleets, where the fleet is too large for a proof by branching. */
function startAsLarge(
  instance: Instance,
  items: Items,
  start: Uint16Array | undefined,
  incumbent: Incumbent,
  options: SolveOptions,
): Start {
  const large = solveLarge(instance, start, options);
  const prices = pricesOf(instance, large.proof);
  incumbent.offer(stateOf(instance, items, choiceFromPlans(items, large.assignment.plans)));
  return { prices, value: evaluate(instance, items, rootRanges(instance), prices, undefined).value };
}

/** A tree: whether it splits by the SIMs on a plan, how many splits it tries at a node, options it may look at. */
interface Attempt {
  readonly countsDevices: boolean;
  /** Whether its proof may be stated; otherwise it is grown for the assignments that it meets. */
  readonly proves: boolean;
  readonly probes: number;
  readonly work: number;
}

/**
 * The trees, in this order. What one way of choosing splits does not close in its share, another often does. In larger
 * fleets a few SIMs more or less on a plan of large allowances is a change that no exchange of some SIMs reaches, and
 * that a tree over the numbers of SIMs comes to at once.
 */
function attemptsFor({ count }: Items): readonly Attempt[] {
  if (count > BRANCH_SIMS) return [];
  if (count > COUNT_SIMS)
    return [
      { countsDevices: true, proves: false, probes: 3, work: Math.max(3e7, 10_000 * count) },
      { countsDevices: false, proves: true, probes: 4, work: 1.5e7 },
    ];
  return [
    { countsDevices: false, proves: true, probes: 6, work: 5e6 },
    { countsDevices: true, proves: true, probes: 4, work: 2e7 },
    { countsDevices: true, proves: true, probes: 6, work: 8e7 },
  ];
}

/** Branches from the root's prices, with rows for the number of SIMs on every plan where `countsDevices` says so. */
function branch(
  plain: Instance,
  countsDevices: boolean,
  items: Items,
  incumbent: Incumbent,
  options: BranchOptions,
): Proof {
  const instance = countsDevices ? compileInstance(plain.problem, true) : plain;
  const relaxation = new DualSimplex(instance, items, rowScales(instance, items));
  const best = relaxation.solveAnew(
    { ranges: rootRanges(instance), forbidden: undefined },
    Number.POSITIVE_INFINITY,
    mostIterations(instance),
  );
  incumbent.instance = instance;
  return proofOf(instance, items, branchAndBound(instance, items, relaxation, best, incumbent, options));
}

function mostIterations(instance: Instance): number {
  return 200 + 100 * instance.rows.length;
}

/** How many options may be looked at: what a second or so allows, the same on every machine. */
function searchWork(items: Items): number {
  const most = items.count > BRANCH_SIMS ? 8e6 : 2e7;
  // The smallest are searched as they are branched on.
  const each = items.count > COUNT_SIMS ? 120_000 : 30_000;
  return Math.min(most, each * items.count) + 30 * items.plan.length;
}

/** Micros that the stated bound may lie below the value at the same prices. */
function boundMargin(instance: Instance, items: Items, ranges: Ranges, prices: Float64Array): number {
  const branch = { ranges, forbidden: undefined };
  const stated = statePrices(instance, prices, ranges);
  const safe = boundOverItems(instance, items, branch, stated.values);
  const exact = evaluate(instance, items, ranges, stated.values, undefined).value;
  return 2 * Math.max(0, exact + roundingOf(instance, ranges) - safe) + 0.01;
}
