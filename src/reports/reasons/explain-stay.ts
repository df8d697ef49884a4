import { exactMoney, roundedData, roundedMoney, sims } from "../number-text.ts";
import type { Ground } from "./ground.ts";
import { costAfter, mayCarry, overuse, pricedCost } from "./ground.ts";

const CHEAPEST = "Stays: cheapest plan it may take";
/** Without prices a pool cannot be compared with: nothing is claimed. */
const NOTHING_FOUND = "Stays: no cheaper choice was found";

/** Why a SIM that may be moved is not. */
export function explainStay(ground: Ground, row: number): string {
  const { run } = ground;
  const current = run.fleet.ratePlan[row] as number;
  const best = bestAlternative(ground, row, current);
  if (best === undefined) return NOTHING_FOUND;
  const gain = Math.round(pricedCost(ground, row, current) - best.priced);
  if (gain <= 0) return explainSettled(ground, row, current);
  const needed = switchCostOf(ground, row) + run.terms.minSaving;
  return gain <= needed
    ? explainTooLittle(ground, row, current, best.plan, gain, needed)
    : explainHeldBack(ground, current, best.plan, gain);
}

/** The other plan that would serve the bill best at the worth of pool allowance, if there is one to compare with. */
function bestAlternative(
  ground: Ground,
  row: number,
  current: number,
): { plan: number; priced: number } | undefined {
  const { table, poolPrices } = ground.run;
  const choices = ground.choices[
    ground.run.fleet.communicationPlan.codes[row] as number
  ] as readonly number[];
  const comparePools = poolPrices.length > 0;
  if (!comparePools && (table.poolOf[current] as number) >= 0) return undefined;
  let plan = -1;
  let priced = Number.POSITIVE_INFINITY;
  for (const choice of choices) {
    if (choice === current || (!comparePools && (table.poolOf[choice] as number) >= 0)) continue;
    const cost = pricedCost(ground, row, choice);
    if (cost < priced && mayCarry(ground, row, choice)) {
      plan = choice;
      priced = cost;
    }
  }
  return plan < 0 ? undefined : { plan, priced };
}

/** No other plan is better for the bill; in a pool, that may be the pool's doing. */
function explainSettled(ground: Ground, row: number, current: number): string {
  const { table, poolPrices } = ground.run;
  const pool = table.pools[table.poolOf[current] as number];
  if (pool === undefined && poolPrices.length === 0 && table.pools.length > 0) return NOTHING_FOUND;
  if (pool === undefined || pool.fixed !== undefined) return CHEAPEST;
  const alone = cheapestAlone(ground, row);
  const saved = costAfter(ground.run, row) - alone.cost;
  if (!(saved > 0)) return CHEAPEST;
  const spare = -overuse(ground, row, current);
  return spare > 0
    ? `Stays: its spare ${roundedData(spare)} saves pool ${pool.name} more than the ${roundedMoney(saved)} that ${alone.name} would`
    : `Stays: with what pool ${pool.name} has to spare, cheapest for the bill as a whole`;
}

/** The cheapest plan outside pools the SIM may take. */
function cheapestAlone(ground: Ground, row: number): { name: string; cost: number } {
  const { run, planNames } = ground;
  let name = "";
  let cost = Number.POSITIVE_INFINITY;
  for (const choice of ground.choices[
    run.fleet.communicationPlan.codes[row] as number
  ] as readonly number[]) {
    if ((run.table.poolOf[choice] as number) >= 0 || !mayCarry(ground, row, choice)) continue;
    const own = pricedCost(ground, row, choice);
    if (own < cost) {
      cost = own;
      name = planNames[choice] ?? "";
    }
  }
  return { name, cost };
}

function switchCostOf({ run }: Ground, row: number): number {
  const own = run.fleet.switchCost?.[row] ?? Number.NaN;
  return Number.isNaN(own) ? run.terms.switchCost : own;
}

function explainTooLittle(
  ground: Ground,
  row: number,
  current: number,
  plan: number,
  gain: number,
  needed: number,
): string {
  const { run, planNames } = ground;
  const pooled = (run.table.poolOf[current] as number) >= 0 || (run.table.poolOf[plan] as number) >= 0;
  const saves = pooled ? `is worth ${roundedMoney(gain)} to the bill` : `saves ${exactMoney(gain)}`;
  const measure = gain < needed ? "less than" : "no more than";
  const bar =
    run.terms.minSaving === 0
      ? `the ${exactMoney(needed)} a change costs`
      : switchCostOf(ground, row) === 0
        ? `the minimum ${exactMoney(needed)}`
        : `the ${exactMoney(needed)} of switching cost and minimum saving`;
  return `Stays: moving to ${planNames[plan] ?? ""} ${saves}, ${measure} ${bar}`;
}

/** Another plan looks better by more than the bar: a limit, or the search's own distance from the optimum. */
function explainHeldBack({ run, planNames }: Ground, current: number, plan: number, gain: number): string {
  const better = `${planNames[plan] ?? ""} would be ${roundedMoney(gain)} cheaper`;
  const cap = run.tariff.plans[plan]?.maxDevices ?? Number.POSITIVE_INFINITY;
  const commitment = run.tariff.plans[current]?.minDevices ?? 0;
  if ((run.after.plans[plan]?.devices ?? 0) >= cap)
    return `Stays: ${better}, but it takes at most ${sims(cap)}`;
  if (commitment > 0 && (run.after.plans[current]?.devices ?? 0) <= commitment) {
    return `Stays: ${better}, but ${planNames[current] ?? ""} needs at least ${sims(commitment)}`;
  }
  if (run.changes >= run.terms.maxChanges)
    return `Stays: ${better}, but the ${run.terms.maxChanges} changes allowed save more elsewhere`;
  const pooled = (run.table.poolOf[current] as number) >= 0 || (run.table.poolOf[plan] as number) >= 0;
  return pooled
    ? "Stays: with its pool, no cheaper choice was found"
    : `Stays: ${better}, but strategy ${run.winner} does not take it`;
}
