import type { Fleet } from "./fleet.ts";
import type { Eligibility, Tariff } from "./rate-plan.ts";

/** The distinct lists of plans that SIMs may move to. */
export interface ChoiceSets {
  /** Plan indices, ascending. */
  readonly choiceSets: readonly Uint16Array[];
  /** Index of a set per communication plan of the fleet. */
  readonly setOfCommunicationPlan: readonly number[];
  /** Index of the empty set, of SIMs that stay. */
  readonly stay: number;
}

/**
 * One set per distinct list of plans that are available and not set aside, and the set of each communication plan.
 * O(communication plans · plans).
 * @param setAside plan indices that are invalid and left out.
 */
export function choiceSetsOf(
  fleet: Fleet,
  tariff: Tariff,
  eligibility: Eligibility,
  setAside: ReadonlySet<number>,
): ChoiceSets {
  const choiceSets = [new Uint16Array(0)];
  const byKey = new Map([["", 0]]);
  const indexOf = (plans: readonly number[]): number => {
    const key = plans.join(",");
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const added = choiceSets.push(Uint16Array.from(plans)) - 1;
    byKey.set(key, added);
    return added;
  };
  const open = tariff.plans.flatMap((plan, p) => (plan.available && !setAside.has(p) ? [p] : []));
  const everywhere = eligibility === undefined ? indexOf(open) : 0;
  const setOfCommunicationPlan = fleet.communicationPlan.values.map((name) => {
    if (eligibility === undefined) return everywhere;
    const allowed = eligibility.get(name);
    if (allowed === undefined) return 0;
    return indexOf(open.filter((p) => allowed.has(tariff.plans[p]?.code ?? "")));
  });
  return { choiceSets, setOfCommunicationPlan, stay: 0 };
}
