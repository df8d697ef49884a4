import highsLoader from "highs";
import type { Problem } from "../src/billing/problem.ts";
import { BYTES_PER_MB, MICROS_PER_UNIT } from "../src/billing/units.ts";
import { compileInstance } from "../src/optimizer/instance.ts";
import { itemsOfAllSims } from "../src/optimizer/items.ts";

/** What an exact solver made of the same problem: currency units, and whether it proved its answer. */
export interface MipResult {
  readonly objective: number;
  readonly proven: boolean;
  readonly seconds: number;
}

/** Solves a problem as a mixed-integer programme with HiGHS, both gaps at 0. */
export async function solveMip(problem: Problem, timeLimitSeconds: number): Promise<MipResult> {
  const highs = await highsLoader();
  const text = mipText(problem);
  const begun = performance.now();
  const found = highs.solve(text, {
    time_limit: timeLimitSeconds,
    mip_rel_gap: 0,
    mip_abs_gap: 0,
    output_flag: false,
  });
  return {
    objective: found.ObjectiveValue,
    proven: found.Status === "Optimal",
    seconds: (performance.now() - begun) / 1000,
  };
}

/** The problem in CPLEX LP format: one binary per SIM and plan, one integer of overage blocks per pool. */
export function mipText(problem: Problem): string {
  const instance = compileInstance(problem);
  const items = itemsOfAllSims(instance);
  const { poolOf } = problem.table;
  const objective: string[] = [];
  const rows: string[] = [];
  const binaries: string[] = [];
  const inPool: string[][] = instance.pools.map(() => []);
  const onPlan: string[][] = Array.from({ length: problem.table.plans }, () => []);
  const changed: string[] = [];
  for (let i = 0; i < items.count; i++) {
    const choices: string[] = [];
    for (let k = items.start[i] as number; k < (items.start[i + 1] as number); k++) {
      const name = `x${k}`;
      const plan = items.plan[k] as number;
      const pool = poolOf[plan] as number;
      const weight = (items.weight[k] as number) / BYTES_PER_MB;
      binaries.push(name);
      choices.push(name);
      objective.push(`${(items.cost[k] as number) / MICROS_PER_UNIT} ${name}`);
      if (pool >= 0 && weight !== 0)
        inPool[pool]?.push(`${weight < 0 ? "-" : "+"} ${Math.abs(weight)} ${name}`);
      onPlan[plan]?.push(name);
      if (items.change[k] === 1) changed.push(name);
    }
    rows.push(`${choices.join(" + ")} = 1`);
  }
  instance.pools.forEach((pool, q) => {
    objective.push(`${pool.blockPrice / MICROS_PER_UNIT} o${q}`);
    rows.push(
      `${inPool[q]?.join(" ") ?? ""} - ${pool.blockBytes / BYTES_PER_MB} o${q} <= ${pool.fixedBytes / BYTES_PER_MB}`,
    );
  });
  for (const row of instance.rows) {
    if (row.kind === "max")
      rows.push(`${onPlan[row.plan]?.join(" + ") ?? ""} <= ${problem.maxDevices[row.plan]}`);
    if (row.kind === "min")
      rows.push(`${onPlan[row.plan]?.join(" + ") ?? ""} >= ${problem.minDevices[row.plan]}`);
    if (row.kind === "changes") rows.push(`${changed.join(" + ")} <= ${row.limit}`);
  }
  const blocks = instance.pools.map((_, q) => `o${q}`).join(" ");
  const subject = rows.map((row, r) => ` c${r}: ${wrapped(row)}`).join("\n");
  return `Minimize\n obj: ${wrapped(objective.join(" + "))}\nSubject To\n${subject}\nBinary\n${wrapped(binaries.join(" "))}\nGeneral\n${blocks}\nEnd\n`;
}

/** The format allows lines of 560 characters. */
function wrapped(text: string): string {
  return text.replace(/(.{200}[^ ]*) /g, "$1\n");
}
