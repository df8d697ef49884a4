import { holdsUsage, ownCost } from "../billing/rate-table.ts";
import { penaltyOf } from "../billing/problem.ts";
import type { FleetScan } from "./fleet-scan.ts";
import { poolWeight } from "./instance.ts";
import type { Items } from "./items.ts";
import { nothingSettled } from "./items.ts";

/** Bins wanted in all; fewer where the fleet has little variety. */
const BINS = 60_000;
const OCTAVES = 25;
const MOST_OCTAVES = 51;

/** A fleet in bins of like SIMs: same class, same current plan where that matters, usage within a few per cent. */
export interface FleetBins {
  readonly items: Items;
  readonly binOf: (sim: number) => number;
}

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Logarithmic bucket of a usage: its octave and the next `mantissa` bits; 0 for no usage. */
function bucketOf(usage: number, mantissa: number): number {
  if (usage < 1) return 0;
  bits[0] = usage;
  return 1 + ((words[HIGH] as number) >>> (20 - mantissa)) - (1023 << mantissa);
}

/** Sorts a fleet into bins. O(SIMs · plans with steps); bins are numbered in order of first appearance. */
export function binFleet(scan: FleetScan): FleetBins {
  const { instance } = scan;
  const { problem } = instance;
  const { plans } = problem.table;
  const byCurrent = instance.rows.some((row) => row.kind === "changes") || problem.penalty !== 0;
  const combinations = scan.classes.length * (byCurrent ? Math.min(plans, 16) : 1);
  const mantissa = Math.min(7, Math.max(1, Math.floor(Math.log2(BINS / (OCTAVES * combinations)))));
  const buckets = (MOST_OCTAVES << mantissa) + 2;
  const offered = scan.classes.map(({ first, end }) => new Set(scan.plan.slice(first, end)));
  const keyOf = (sim: number): number => {
    const simClass = scan.classIndex(sim);
    const current = problem.current[sim] as number;
    const held = byCurrent || offered[simClass]?.has(current) === false ? current + 1 : 0;
    return (simClass * (plans + 1) + held) * buckets + bucketOf(problem.usage[sim] as number, mantissa);
  };
  const number = new Map<number, number>();
  const samples: number[] = [];
  const many: number[] = [];
  const binOfSim = new Int32Array(problem.size);
  for (let i = 0; i < problem.size; i++) {
    const key = keyOf(i);
    let bin = number.get(key);
    if (bin === undefined) {
      bin = samples.push(i) - 1;
      number.set(key, bin);
      many.push(0);
    }
    binOfSim[i] = bin;
    many[bin] = (many[bin] as number) + 1;
  }
  return {
    items: sumBins(scan, samples, many, binOfSim, byCurrent),
    binOf: (sim) => binOfSim[sim] as number,
  };
}

/** The bins as items: sums of cost and weight per option. A capped plan is open to a bin if it holds all its SIMs. */
function sumBins(
  scan: FleetScan,
  samples: readonly number[],
  many: readonly number[],
  binOfSim: Int32Array,
  byCurrent: boolean,
): Items {
  const { instance } = scan;
  const { problem } = instance;
  const { table } = problem;
  const start = new Int32Array(samples.length + 1);
  const plan: number[] = [];
  const linear: number[] = [];
  samples.forEach((sim, bin) => {
    const { first, end } = scan.classes[scan.classIndex(sim)] ?? { first: 0, end: 0 };
    const current = problem.current[sim] as number;
    let found = false;
    for (let k = first; k < end; k++) {
      plan.push(scan.plan[k] as number);
      linear.push(scan.linear[k] as number);
      if (scan.plan[k] === current) found = true;
    }
    if (!found) {
      plan.push(current);
      linear.push(0);
    }
    start[bin + 1] = plan.length;
  });
  const usageSum = new Float64Array(samples.length);
  const penaltySum = new Float64Array(samples.length);
  const cost = new Float64Array(plan.length);
  const weight = new Float64Array(plan.length);
  const change = new Uint8Array(plan.length);
  for (let i = 0; i < problem.size; i++) {
    const bin = binOfSim[i] as number;
    const usage = problem.usage[i] as number;
    usageSum[bin] = (usageSum[bin] as number) + usage;
    if (byCurrent) penaltySum[bin] = (penaltySum[bin] as number) + penaltyOf(problem, i);
    for (let k = start[bin] as number; k < (start[bin + 1] as number); k++) {
      if (linear[k] === 1) continue;
      const p = plan[k] as number;
      const ratingClass = problem.ratingClass[i] as number;
      const open = p === problem.current[i] || holdsUsage(table, ratingClass, p, usage);
      cost[k] = open ? (cost[k] as number) + ownCost(table, ratingClass, p, usage) : Number.POSITIVE_INFINITY;
      weight[k] = (weight[k] as number) + poolWeight(problem, i, p);
    }
  }
  samples.forEach((sim, bin) => {
    const count = many[bin] as number;
    for (let k = start[bin] as number; k < (start[bin + 1] as number); k++) {
      const p = plan[k] as number;
      if (linear[k] === 1) {
        cost[k] = count * (table.flatCost[(problem.ratingClass[sim] as number) * table.plans + p] as number);
        const pool = table.poolOf[p] as number;
        const included =
          pool >= 0 && table.pools[pool]?.fixed === undefined
            ? (table.included[(problem.ratingClass[sim] as number) * table.plans + p] as number)
            : 0;
        weight[k] = pool < 0 ? 0 : (usageSum[bin] as number) - count * included;
      }
      if (byCurrent && p !== problem.current[sim]) {
        change[k] = 1;
        cost[k] = (cost[k] as number) + (penaltySum[bin] as number);
      }
    }
  });
  return {
    count: samples.length,
    start,
    plan: Uint16Array.from(plan),
    cost,
    weight,
    change,
    multiplicity: Float64Array.from(many),
    sim: undefined,
    settled: nothingSettled(instance),
  };
}
