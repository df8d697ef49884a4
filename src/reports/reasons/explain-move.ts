import { exactMoney, roundedData, roundedMoney, sims } from "../number-text.ts";
import type { Ground } from "./ground.ts";
import { costAfter, costBefore, overuse } from "./ground.ts";

/** Why a SIM that is moved is moved. */
export function explainMove(ground: Ground, row: number): string {
  const saving = costBefore(ground.run, row) - costAfter(ground.run, row);
  return saving > 0 ? explainCheaper(ground, row, saving) : explainForOthers(ground, row, -saving);
}

function explainCheaper(ground: Ground, row: number, saving: number): string {
  const { run, planNames } = ground;
  const plan = run.recommended[row] as number;
  const name = planNames[plan] ?? "";
  const less = `${shortMoney(saving)} less a month`;
  const uses = `Uses ${roundedData(run.fleet.usageBytes[row] as number)}`;
  if (run.tariff.plans[plan]?.type === "unlimited") return `${uses}; ${name} has no overage, for ${less}`;
  const over = overuse(ground, row, plan);
  const pool = run.table.pools[run.table.poolOf[plan] as number];
  if (pool === undefined) {
    if (over <= 0) return `${uses}; ${name} covers it for ${less}`;
    return `${uses}; ${name} costs ${less}, its ${roundedData(over)} of overage included`;
  }
  if (pool.fixed !== undefined)
    return `${uses}; shares the fixed allowance of pool ${pool.name}, for ${less}`;
  if (over < 0)
    return `${uses}; ${name} covers it and leaves ${roundedData(-over)} to pool ${pool.name}, for ${less}`;
  if (over === 0) return `${uses}; ${name} covers it for ${less}`;
  return `${uses}; ${name} covers ${roundedData((run.fleet.usageBytes[row] as number) - over)} and pool ${pool.name} shares the rest, for ${less}`;
}

/** A move that does not pay on its own line: the pool, or a limit, is what it serves. */
function explainForOthers(ground: Ground, row: number, extra: number): string {
  const alone = extra === 0 ? "same cost alone" : `alone ${shortMoney(extra)} dearer`;
  const limit = limitServed(ground, row);
  if (limit !== undefined) return `Moved to meet a limit: ${limit}; ${alone}`;
  const { run } = ground;
  const { table } = run;
  const left = run.fleet.ratePlan[row] as number;
  const taken = run.recommended[row] as number;
  const pool = table.pools[table.poolOf[taken] as number];
  const spare = -overuse(ground, row, taken);
  if (pool !== undefined && pool.fixed === undefined && spare > 0) {
    return `Moved to fill pool ${pool.name}: its spare ${roundedData(spare)} saves overage elsewhere; ${alone}`;
  }
  const poolLeft = table.pools[table.poolOf[left] as number];
  const freed = overuse(ground, row, left);
  if (poolLeft !== undefined && poolLeft !== pool && freed > 0) {
    return `Moved out of pool ${poolLeft.name}: leaves ${roundedData(freed)} of its allowance to others; ${alone}`;
  }
  if (pool !== undefined) return `Moved to pool ${pool.name}, which lowers the bill as a whole; ${alone}`;
  return `Moved because it lowers the bill as a whole; ${alone}`;
}

/** A limit on the plan left or taken that today's assignment breaks, or that the recommended one just meets. */
function limitServed({ run, planNames }: Ground, row: number): string | undefined {
  const left = run.fleet.ratePlan[row] as number;
  const taken = run.recommended[row] as number;
  const cap = run.tariff.plans[left]?.maxDevices ?? Number.POSITIVE_INFINITY;
  const commitment = run.tariff.plans[taken]?.minDevices ?? 0;
  if ((run.before.plans[left]?.devices ?? 0) > cap)
    return `${planNames[left] ?? ""} takes at most ${sims(cap)}`;
  if ((run.before.plans[taken]?.devices ?? 0) < commitment)
    return `${planNames[taken] ?? ""} needs at least ${sims(commitment)}`;
  if ((run.after.plans[left]?.devices ?? 0) === cap)
    return `${planNames[left] ?? ""} takes at most ${sims(cap)}`;
  if (commitment > 0 && run.after.plans[taken]?.devices === commitment)
    return `${planNames[taken] ?? ""} needs at least ${sims(commitment)}`;
  return undefined;
}

/** To the cent where that says it all; exactly below one unit and off the cent, where the rest may matter. */
function shortMoney(micros: number): string {
  return micros < 100_000 ? exactMoney(micros) : roundedMoney(micros);
}
