import type { Problem } from "../billing/problem.ts";
import { choiceCost } from "./instance.ts";
import { MinCostFlow } from "./min-cost-flow.ts";
import type { OptionGroups } from "./option-groups.ts";
import type { Transfer } from "./pick-movers.ts";

/** SIMs of a group that are looked at to see what its moves cost. */
const SAMPLE = 64;
/** How finely moves are told apart by what they cost. */
const GRADES = 1000;

/**
 * The moves that bring every plan within its limits, as a flow of SIMs between plans that starts from today's
 * assignment: plans above max_devices give SIMs, plans below min_devices take them, and a node `spare` stands for the
 * room that the other plans have either way. A unit through a group's node is one of its SIMs that moves.
 * Source of the reduction of lower bounds: R. K. Ahuja, T. L. Magnanti, J. B. Orlin, Network Flows (1993), section 6.7.
 */
export class TransferNetwork {
  private readonly problem: Problem;
  private readonly grouped: OptionGroups;
  private readonly flow: MinCostFlow;
  private readonly moves: { readonly group: number; readonly plan: number; readonly arc: number }[] = [];
  private readonly spare: number;
  private readonly source: number;
  private readonly sink: number;
  private readonly required: number;
  private readonly gives: { readonly plan: number; readonly arc: number }[] = [];
  private readonly takes: { readonly plan: number; readonly arc: number }[] = [];

  /** @param grouped the problem's SIMs; min_devices of no plan is above its max_devices. */
  constructor(problem: Problem, grouped: OptionGroups) {
    const { plans } = problem.table;
    this.problem = problem;
    this.grouped = grouped;
    this.spare = plans + grouped.groups.length;
    this.source = this.spare + 1;
    this.sink = this.spare + 2;
    this.flow = new MinCostFlow(this.spare + 3);
    const { given, taken } = this.addLimits();
    this.required = Math.max(given, taken);
    if (given > taken) this.flow.addArc(this.spare, this.sink, given - taken, 0);
    if (taken > given) this.flow.addArc(this.source, this.spare, taken - given, 0);
    this.addMoves();
  }

  private addLimits(): { given: number; taken: number } {
    const { problem, flow, spare } = this;
    const devices = new Float64Array(problem.table.plans);
    for (const { current, size } of this.grouped.groups)
      devices[current] = (devices[current] as number) + size;
    let given = 0;
    let taken = 0;
    devices.forEach((count, plan) => {
      const least = problem.minDevices[plan] as number;
      const most = Math.min(problem.maxDevices[plan] as number, Math.max(problem.size, least));
      const within = Math.min(most, Math.max(least, count));
      if (count > most) this.gives.push({ plan, arc: flow.addArc(this.source, plan, count - most, 0) });
      if (count < least) this.takes.push({ plan, arc: flow.addArc(plan, this.sink, least - count, 0) });
      given += count > most ? count - most : 0;
      taken += count < least ? least - count : 0;
      if (most > within) flow.addArc(plan, spare, most - within, 0);
      if (within > least) flow.addArc(spare, plan, within - least, 0);
    });
    return { given, taken };
  }

  /** A move costs one change and, in a second place that never outweighs a change, what it does to the bill. */
  private addMoves(): void {
    const { groups } = this.grouped;
    const { plans } = this.problem.table;
    const losses = meanLosses(this.problem, this.grouped);
    const all = losses.flat();
    const low = all.reduce((least, loss) => Math.min(least, loss), Number.POSITIVE_INFINITY);
    const high = all.reduce((most, loss) => Math.max(most, loss), Number.NEGATIVE_INFINITY);
    const oneChange = 4 * GRADES * (plans + 2);
    groups.forEach(({ current, options, size }, group) => {
      if (options.length === 1) return;
      this.flow.addArc(current, plans + group, size, 0);
      options.slice(1).forEach((plan, at) => {
        const loss = losses[group]?.[at] ?? low;
        const grade = high > low ? Math.round((GRADES * (loss - low)) / (high - low)) : 0;
        const arc = this.flow.addArc(plans + group, plan, size, oneChange + grade);
        this.moves.push({ group, plan, arc });
      });
    });
  }

  /** Whether all limits can be kept; if so, with the fewest moves. */
  solve(): boolean {
    return this.flow.send(this.source, this.sink, this.required) === this.required;
  }

  transfers(): Transfer[] {
    return this.moves
      .map(({ group, plan, arc }) => ({ group, plan, count: this.flow.flowOn(arc) }))
      .filter(({ count }) => count > 0);
  }

  /**
   * After `solve` has failed: plans whose caps are too small for the SIMs that have no other plan ("max"), or plans
   * whose commitments are too large for the SIMs that may take any of them ("min").
   */
  conflict(): { readonly kind: "max" | "min"; readonly plans: readonly number[] } {
    const { flow } = this;
    for (const { plan, arc } of this.gives) {
      if (flow.roomOn(arc) === 0) continue;
      const reached = flow.reachableFrom(plan);
      if (reached[this.spare] === 0) return { kind: "max", plans: this.plansIn(reached) };
    }
    const short = this.takes.find(({ arc }) => flow.roomOn(arc) > 0);
    return { kind: "min", plans: short === undefined ? [] : this.plansIn(flow.reaching(short.plan)) };
  }

  private plansIn(nodes: Uint8Array): number[] {
    return Array.from({ length: this.problem.table.plans }, (_, plan) => plan).filter(
      (plan) => nodes[plan] === 1,
    );
  }
}

/** Micros that a SIM of each group loses by moving to each of its other plans, on average over a sample. */
function meanLosses(problem: Problem, { groups, groupOf }: OptionGroups): number[][] {
  const sums = groups.map(({ options }) => options.slice(1).map(() => 0));
  const seen = new Uint32Array(groups.length);
  for (let sim = 0; sim < problem.size; sim++) {
    const group = groupOf[sim] as number;
    if ((seen[group] as number) >= SAMPLE) continue;
    seen[group] = (seen[group] as number) + 1;
    const { current, options } = groups[group] as OptionGroups["groups"][number];
    const stay = choiceCost(problem, sim, current);
    const sum = sums[group] as number[];
    for (let at = 0; at < sum.length; at++)
      sum[at] = (sum[at] as number) + choiceCost(problem, sim, options[at + 1] as number) - stay;
  }
  return sums.map((sum, group) => sum.map((total) => total / (seen[group] as number)));
}
