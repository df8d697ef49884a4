import type { Problem } from "../billing/problem.ts";
import type { Items } from "./items.ts";

/** Option offsets per item from plans per SIM; the current plan where a SIM may not take the plan named. */
export function choiceFromPlans(items: Items, plans: Uint16Array): Uint16Array {
  const choice = new Uint16Array(items.count);
  for (let i = 0; i < items.count; i++) {
    const first = items.start[i] as number;
    const plan = plans[items.sim?.[i] ?? i];
    for (let k = first; k < (items.start[i + 1] as number); k++)
      if (items.plan[k] === plan) choice[i] = k - first;
  }
  return choice;
}

/** Plan per SIM from option offsets per item. */
export function plansOf(problem: Problem, items: Items, choice: Uint16Array | undefined): Uint16Array {
  const plans = Uint16Array.from(problem.current);
  if (choice === undefined) return plans;
  for (let i = 0; i < items.count; i++) {
    plans[items.sim?.[i] ?? i] = items.plan[(items.start[i] as number) + (choice[i] as number)] as number;
  }
  return plans;
}
