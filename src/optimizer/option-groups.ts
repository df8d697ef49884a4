import type { Problem } from "../billing/problem.ts";
import { PlanKind } from "../billing/rate-table.ts";

/** SIMs alike in current plan and in the plans they may take. */
export interface OptionGroup {
  readonly current: number;
  /** Plan indices, the current one first. */
  readonly options: readonly number[];
  size: number;
}

export interface OptionGroups {
  readonly groups: readonly OptionGroup[];
  /** Index into `groups` per SIM. */
  readonly groupOf: Uint32Array;
}

/** What SIMs of one choice set and rating class may take: the more they use, the fewer capped plans hold it. */
interface Ladder {
  /** Ascending bytes: the most that each capped plan of the set holds. */
  readonly steps: Float64Array;
  /** Index into the distinct lists of plans, for usage above none, one, … of the steps. */
  readonly lists: readonly number[];
}

/** Sorts SIMs into groups, by first appearance. O(SIMs · capped plans). */
export function groupByOptions(problem: Problem): OptionGroups {
  const { plans } = problem.table;
  const sets = problem.choiceSets.length;
  const lists = new PlanLists();
  const ladders: (Ladder | undefined)[] = [];
  const index: Int32Array[] = [];
  const groups: OptionGroup[] = [];
  const groupOf = new Uint32Array(problem.size);
  for (let sim = 0; sim < problem.size; sim++) {
    const ratingClass = problem.ratingClass[sim] as number;
    const choice = problem.choices[sim] as number;
    const ladder = (ladders[ratingClass * sets + choice] ??= ladderOf(problem, ratingClass, choice, lists));
    const current = problem.current[sim] as number;
    const list = listAt(ladder, problem.usage[sim] as number);
    const ofList = (index[list] ??= new Int32Array(plans).fill(-1));
    let group = ofList[current] as number;
    if (group < 0) {
      const others = lists.all[list]?.filter((plan) => plan !== current) ?? [];
      group = groups.push({ current, options: [current, ...others], size: 0 }) - 1;
      ofList[current] = group;
    }
    groupOf[sim] = group;
    (groups[group] as OptionGroup).size++;
  }
  return { groups, groupOf };
}

/** Distinct lists of plans. */
class PlanLists {
  readonly all: (readonly number[])[] = [];
  private readonly index = new Map<string, number>();

  indexOf(list: readonly number[]): number {
    const key = list.join(",");
    const known = this.index.get(key);
    if (known !== undefined) return known;
    const added = this.all.push(list) - 1;
    this.index.set(key, added);
    return added;
  }
}

function ladderOf(
  { table, choiceSets }: Problem,
  ratingClass: number,
  choice: number,
  lists: PlanLists,
): Ladder {
  const set = [...(choiceSets[choice] ?? [])];
  const held = set.map((plan) => {
    if (table.kind[plan] !== PlanKind.capped) return Number.POSITIVE_INFINITY;
    const included = table.included[ratingClass * table.plans + plan] as number;
    const increment = Math.max(1, table.increment[plan] as number);
    return Math.floor(included / increment) * increment;
  });
  const steps = Float64Array.from(new Set(held.filter(Number.isFinite))).sort();
  const above = (step: number): number => lists.indexOf(set.filter((_, at) => (held[at] as number) > step));
  return { steps, lists: [lists.indexOf(set), ...Array.from(steps, above)] };
}

function listAt({ steps, lists }: Ladder, usage: number): number {
  let passed = 0;
  while (passed < steps.length && usage > (steps[passed] as number)) passed++;
  return lists[passed] as number;
}
