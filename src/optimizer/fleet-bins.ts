import { penaltyOf } from "../billing/problem.ts";
import { PlanKind } from "../billing/rate-table.ts";
import type { Instance } from "./instance.ts";
import { SimClasses } from "./sim-classes.ts";

/** Bins wanted in all, and SIMs wanted in one. */
const BINS = 60_000;
const SIMS_PER_BIN = 8;
/** Octaves that usages lie in, usually and at most. */
const OCTAVES = 25;
const MOST_OCTAVES = 53;
/** Finest buckets: this many bits of the mantissa. */
const FINEST = 7;

/**
 * A fleet in bins of like SIMs: same class, same current plan where that matters, usage within a few per cent. Its
 * SIMs lie side by side in `order`, bin b's from first[b] to first[b + 1]. Bins that differ by nothing but the current
 * plan are one group and lie side by side; groups of one class ascend in usage.
 */
export interface FleetBins {
  readonly instance: Instance;
  readonly classes: SimClasses;
  /** Whether leaving the current plan is a change that counts. */
  readonly countsChanges: boolean;
  readonly count: number;
  readonly first: Uint32Array;
  readonly order: Uint32Array;
  /** Plan that a bin's SIMs are on, where that matters: changes count, or they may stay where others may not go; else −1. */
  readonly held: Int32Array;
  readonly groupOf: Uint32Array;
  /** Bytes of each bin's SIMs. */
  readonly usage: Float64Array;
  /** Micros of penalty: the sum, the least and the greatest of each bin; empty where changes do not count. */
  readonly penalty: Float64Array;
  readonly lowPenalty: Float64Array;
  readonly highPenalty: Float64Array;
  readonly groups: number;
  /** First bin of each group; group g's bins end where those of g + 1 begin. */
  readonly firstBin: Uint32Array;
  /** Per group: its class, the bytes of its least and its greatest user. */
  readonly classOf: Uint32Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

const bits = new Float64Array(1);
const words = new Uint32Array(bits.buffer);
const HIGH = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;
/** The upper word of 1.0, the least usage above none. */
const ONE = 1023 << 20;

/** Logarithmic bucket of a usage, whose upper word is cut by `shift` bits; 0 for no usage. */
function bucketOf(usage: number, shift: number): number {
  if (usage < 1) return 0;
  bits[0] = usage;
  return 1 + (((words[HIGH] as number) - ONE) >>> shift);
}

/** Sorts a fleet into bins, by counting. O(SIMs). */
export function binFleet(instance: Instance): FleetBins {
  const { problem } = instance;
  const { usage, size } = problem;
  const kinds = new Kinds(instance);
  for (let sim = 0; sim < size; sim++) kinds.of(sim);
  const keys = new Keys(kinds, size);
  const binAt = new Int32Array(keys.count);
  for (let sim = 0; sim < size; sim++) {
    const key = keys.of(kinds.of(sim), usage[sim] as number);
    binAt[key] = (binAt[key] as number) + 1;
  }
  const bins = emptyBins(instance, kinds, binAt, keys);
  const { first, order, groupOf, low, high } = bins;
  const next = first.slice();
  low.fill(Number.POSITIVE_INFINITY);
  for (let sim = 0; sim < size; sim++) {
    const used = usage[sim] as number;
    const bin = binAt[keys.of(kinds.of(sim), used)] as number;
    const at = next[bin] as number;
    order[at] = sim;
    next[bin] = at + 1;
    bins.usage[bin] = (bins.usage[bin] as number) + used;
    const group = groupOf[bin] as number;
    if (used < (low[group] as number)) low[group] = used;
    if (used > (high[group] as number)) high[group] = used;
  }
  if (bins.countsChanges) sumPenalties(bins);
  return bins;
}

function sumPenalties(bins: FleetBins): void {
  const { first, order, penalty, lowPenalty, highPenalty } = bins;
  const { problem } = bins.instance;
  for (let bin = 0; bin < bins.count; bin++) {
    let [sum, least, most] = [0, Number.POSITIVE_INFINITY, 0];
    for (let j = first[bin] as number; j < (first[bin + 1] as number); j++) {
      const costs = penaltyOf(problem, order[j] as number);
      sum += costs;
      if (costs < least) least = costs;
      if (costs > most) most = costs;
      if (typeof problem.penalty === "number") {
        sum = costs * ((first[bin + 1] as number) - (first[bin] as number));
        break;
      }
    }
    penalty[bin] = sum;
    lowPenalty[bin] = least;
    highPenalty[bin] = most;
  }
}

/** Kinds of SIMs: their class, and their current plan where that matters. */
class Kinds {
  readonly classes: SimClasses;
  readonly countsChanges: boolean;
  readonly classOf: number[] = [];
  readonly held: number[] = [];
  /** Per kind: which of its class's kinds it is. */
  readonly rank: number[] = [];
  /** Per class: its number of kinds. */
  readonly ofClass: number[] = [];
  /** Per class: the kind of its SIMs by current plan, −1 where there is none yet. */
  private readonly byCurrent: Int32Array[] = [];
  private readonly instance: Instance;

  constructor(instance: Instance) {
    this.instance = instance;
    this.classes = new SimClasses(instance);
    this.countsChanges =
      instance.problem.penalty !== 0 || instance.rows.some((row) => row.kind === "changes");
  }

  get count(): number {
    return this.held.length;
  }

  of(sim: number): number {
    const simClass = this.classes.of(sim);
    const current = this.instance.problem.current[sim] as number;
    const known = this.byCurrent[simClass]?.[current] ?? -1;
    return known < 0 ? this.add(simClass, current) : known;
  }

  private add(simClass: number, current: number): number {
    const { first, plan } = this.classes;
    const { plans, kind } = this.instance.problem.table;
    const kinds = (this.byCurrent[simClass] ??= new Int32Array(plans).fill(-1));
    const offered = plan.slice(first[simClass], first[simClass + 1]);
    // On a capped plan a SIM may stay whatever it uses, so it is not like those that would have to move there.
    const isCapped = kind[current] === PlanKind.capped;
    const matters = this.countsChanges || isCapped || !offered.includes(current);
    this.classOf.push(simClass);
    const added = this.held.push(matters ? current : -1) - 1;
    const rank = this.ofClass[simClass] ?? 0;
    this.rank.push(rank);
    this.ofClass[simClass] = rank + 1;
    if (matters) kinds[current] = added;
    else for (const p of offered) if (kind[p] !== PlanKind.capped) kinds[p] = added;
    return added;
  }
}

/** Numbers for kinds at usages: by class, then by usage, then by kind. */
class Keys {
  readonly buckets: number;
  readonly count: number;
  private readonly shift: number;
  private readonly base: Float64Array;
  private readonly stride: Float64Array;
  private readonly kinds: Kinds;

  constructor(kinds: Kinds, sims: number) {
    this.kinds = kinds;
    const wanted = Math.min(BINS, Math.max(500, sims / SIMS_PER_BIN));
    const perOctave = wanted / (OCTAVES * Math.max(1, kinds.count));
    this.shift = Math.min(31, 20 - Math.min(FINEST, Math.floor(Math.log2(perOctave))));
    this.buckets = 2 + Math.floor((MOST_OCTAVES * 2 ** 20) / 2 ** this.shift);
    let count = 0;
    const firstOfClass = kinds.ofClass.map((kindsOfClass) => {
      const first = count;
      count += kindsOfClass * this.buckets;
      return first;
    });
    this.count = count;
    this.base = Float64Array.from(
      kinds.classOf,
      (simClass, kind) => (firstOfClass[simClass] as number) + (kinds.rank[kind] as number),
    );
    this.stride = Float64Array.from(kinds.classOf, (simClass) => kinds.ofClass[simClass] as number);
  }

  of(kind: number, usage: number): number {
    return (this.base[kind] as number) + bucketOf(usage, this.shift) * (this.stride[kind] as number);
  }

  /** Calls back for every key in ascending order. */
  forEach(visit: (key: number, simClass: number, bucket: number, held: number) => void): void {
    const { kinds } = this;
    const byClass: number[][] = [];
    kinds.classOf.forEach((simClass, kind) => (byClass[simClass] ??= []).push(kind));
    let key = 0;
    byClass.forEach((ofClass, simClass) => {
      for (let bucket = 0; bucket < this.buckets; bucket++)
        for (const kind of ofClass) visit(key++, simClass, bucket, kinds.held[kind] as number);
    });
  }
}

function firstBinOfGroups(groupOf: Uint32Array, groups: number): Uint32Array {
  const first = new Uint32Array(groups + 1).fill(groupOf.length);
  for (let bin = groupOf.length - 1; bin >= 0; bin--) first[groupOf[bin] as number] = bin;
  return first;
}

/** Numbers the bins that have SIMs, in `binAt`, where their counts were, and lays out their arrays. */
function emptyBins(instance: Instance, kinds: Kinds, binAt: Int32Array, keys: Keys): FleetBins {
  let count = 0;
  for (let key = 0; key < binAt.length; key++) if ((binAt[key] as number) > 0) count++;
  const first = new Uint32Array(count + 1);
  const held = new Int32Array(count);
  const groupOf = new Uint32Array(count);
  const classOf: number[] = [];
  let bin = 0;
  let last = -1;
  keys.forEach((key, simClass, bucket, heldPlan) => {
    const sims = binAt[key] as number;
    if (sims === 0) return;
    const group = simClass * keys.buckets + bucket;
    if (group !== last) classOf.push(simClass);
    last = group;
    first[bin + 1] = (first[bin] as number) + sims;
    held[bin] = heldPlan;
    groupOf[bin] = classOf.length - 1;
    binAt[key] = bin++;
  });
  const perBin = (): Float64Array => new Float64Array(count);
  const penalties = kinds.countsChanges ? perBin : (): Float64Array => new Float64Array(0);
  return {
    instance,
    classes: kinds.classes,
    countsChanges: kinds.countsChanges,
    count,
    first,
    order: new Uint32Array(instance.problem.size),
    held,
    groupOf,
    usage: perBin(),
    penalty: penalties(),
    lowPenalty: penalties(),
    highPenalty: penalties(),
    groups: classOf.length,
    firstBin: firstBinOfGroups(groupOf, classOf.length),
    classOf: Uint32Array.from(classOf),
    low: new Float64Array(classOf.length),
    high: new Float64Array(classOf.length),
  };
}
