/** Steps that the range of levels is divided into. */
const STEPS = 2_000;
/** How far beyond the levels to be joined a choice may stray, in shifts of middling size. */
const LEEWAY = 4;

/** Something that may be done: by how much it shifts a level, and what it costs, micros. */
export interface Shift {
  readonly shift: number;
  readonly regret: number;
}

/**
 * Which shifts to take so that what they cost and what the level they lead to wastes are least together: the subset sum
 * by dynamic programming, of every step of the level's range the cheapest way there. O(shifts · steps).
 * @param waste micros wasted at a level, least near 0.
 * @returns indices of the shifts taken; none where that is best.
 */
export function chooseSum(
  shifts: readonly Shift[],
  level: number,
  waste: (level: number) => number,
): readonly number[] {
  const leeway = LEEWAY * middlingShift(shifts);
  const low = Math.min(0, level) - leeway;
  const width = (Math.max(0, level) + leeway - low) / STEPS;
  const at = new Int32Array(STEPS + 1).fill(-1);
  const levels = [level];
  const costs = [0];
  const before = [-1];
  const taken = [-1];
  if (width > 0) at[Math.floor((level - low) / width)] = 0;
  let best = 0;
  let least = waste(level);
  const reached = [0];
  for (const [index, { shift, regret }] of shifts.entries()) {
    const known = reached.length;
    for (let r = 0; r < known; r++) {
      const from = reached[r] as number;
      const cost = (costs[from] as number) + regret;
      const next = (levels[from] as number) + shift;
      const step = Math.floor((next - low) / width);
      if (cost >= least || step < 0 || step > STEPS) continue;
      const there = at[step] as number;
      if (there >= 0 && cost >= (costs[there] as number)) continue;
      const node = levels.push(next) - 1;
      costs.push(cost);
      before.push(from);
      taken.push(index);
      at[step] = node;
      reached.push(node);
      const total = cost + waste(next);
      if (total < least) [least, best] = [total, node];
    }
    keepCheapest(reached, known, at, levels, low, width);
  }
  const chosen: number[] = [];
  for (let node = best; (before[node] as number) >= 0; node = before[node] as number)
    chosen.push(taken[node] as number);
  return chosen;
}

/** A size that three quarters of the shifts do not exceed; 0 where there are none. */
export function middlingShift(shifts: readonly Shift[]): number {
  const sizes = Float64Array.from(shifts, ({ shift }) => Math.abs(shift)).sort();
  return sizes[Math.floor(sizes.length * 0.75)] ?? 0;
}

/** Drops the ways that a cheaper one to the same step has replaced. */
function keepCheapest(
  reached: number[],
  known: number,
  at: Int32Array,
  levels: readonly number[],
  low: number,
  width: number,
): void {
  if (reached.length === known) return;
  let kept = 0;
  for (const node of reached) {
    if (at[Math.floor(((levels[node] as number) - low) / width)] === node) reached[kept++] = node;
  }
  reached.length = kept;
}
