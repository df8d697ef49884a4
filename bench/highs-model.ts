import type { Problem } from "../src/billing/problem.ts";
import { BYTES_PER_MB } from "../src/billing/units.ts";
import { choiceCost, optionsOf, poolWeight } from "../src/optimizer/instance.ts";

/** The problem as a mixed-integer programme in LP format: x<sim>_<plan> is 1 where a SIM takes a plan. */
export function highsModel(problem: Problem): string {
  const { table } = problem;
  const objective: string[] = [];
  const rows: string[] = [];
  const binaries: string[] = [];
  const used = table.pools.map((): string[] => []);
  const members = Array.from({ length: table.plans }, (): string[] => []);
  const changes: string[] = [];
  for (let sim = 0; sim < problem.size; sim++) {
    const options = optionsOf(problem, sim);
    for (const plan of options) {
      const name = `x${sim}_${plan}`;
      binaries.push(name);
      objective.push(`${choiceCost(problem, sim, plan) / 1e6} ${name}`);
      const megabytes = poolWeight(problem, sim, plan) / BYTES_PER_MB;
      used[table.poolOf[plan] as number]?.push(`${megabytes < 0 ? "-" : "+"} ${Math.abs(megabytes)} ${name}`);
      members[plan]?.push(name);
      if (plan !== problem.current[sim]) changes.push(name);
    }
    rows.push(`${options.map((plan) => `x${sim}_${plan}`).join(" + ")} = 1`);
  }
  table.pools.forEach((pool, q) => {
    const taxed = 1 + Number(pool.taxRate) / 1e12;
    objective.push(`${(Number(pool.rate) / 1e12) * taxed} o${q}`);
    const allowance = (pool.fixed?.includedBytes ?? 0) / BYTES_PER_MB;
    rows.push(`${(used[q] ?? []).join(" ")} - ${pool.blockBytes / BYTES_PER_MB} o${q} <= ${allowance}`);
  });
  members.forEach((names, plan) => {
    const most = problem.maxDevices[plan] as number;
    const least = problem.minDevices[plan] as number;
    if (most < problem.size) rows.push(`${names.join(" + ")} <= ${most}`);
    if (least > 0) rows.push(`${names.join(" + ")} >= ${least}`);
  });
  if (problem.maxChanges < problem.size) rows.push(`${changes.join(" + ")} <= ${problem.maxChanges}`);
  const blocks = table.pools.map((_, q) => `o${q}`).join(" ");
  return [
    "Minimize",
    ` obj: ${wrap(objective.join(" + "))}`,
    "Subject To",
    ...rows.map((row, r) => ` c${r}: ${wrap(row)}`),
    "Binary",
    wrap(binaries.join(" ")),
    ...(blocks === "" ? [] : ["General", blocks]),
    "End",
    "",
  ].join("\n");
}

/** The format allows lines of a few hundred characters. */
function wrap(text: string): string {
  return text.replace(/(.{200}[^ ]*) /g, "$1\n");
}
