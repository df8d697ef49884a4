import type { DualResult } from "./dual.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";

/**
 * Turns the relaxation's mixture into one choice by error diffusion: going through the items in usage order, each
 * takes the option of the plan that is furthest behind its share. O(items · cuts).
 */
export function roundMixture(instance: Instance, items: Items, dual: DualResult): Uint16Array {
  const { mixture } = dual;
  const choice = Uint16Array.from(mixture[0]?.choice ?? dual.best.choice);
  if (mixture.length === 1) return choice;
  const behind = new Float64Array(instance.problem.table.plans);
  for (let i = 0; i < items.count; i++) {
    const first = items.start[i] as number;
    const agreed = choice[i] as number;
    if (mixture.every((part) => part.choice[i] === agreed)) continue;
    for (const part of mixture) {
      const plan = items.plan[first + (part.choice[i] as number)] as number;
      behind[plan] = (behind[plan] as number) + part.weight;
    }
    let taken = agreed;
    let most = Number.NEGATIVE_INFINITY;
    for (const part of mixture) {
      const offset = part.choice[i] as number;
      const lag = behind[items.plan[first + offset] as number] as number;
      if (lag > most) {
        most = lag;
        taken = offset;
      }
    }
    const plan = items.plan[first + taken] as number;
    behind[plan] = (behind[plan] as number) - 1;
    choice[i] = taken;
  }
  return choice;
}
