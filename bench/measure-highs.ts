/** Gives HiGHS one case as a mixed-integer programme and prints a line of JSON: `node bench/measure-highs.ts ladder 1000 60`. */
import highsModule from "highs";
import type { Problem } from "../src/billing/problem.ts";
import { prepareFleet } from "../src/billing/problem.ts";
import { optionsOf } from "../src/optimizer/instance.ts";
import { measure } from "../src/optimizer/measure.ts";
import { stopwatch } from "./elapsed.ts";
import { FAMILIES } from "./families.ts";
import { highsModel } from "./highs-model.ts";
import type { HighsResult } from "./records.ts";

/** The package is CommonJS: its default import is the loader itself, which its types do not say. */
const loadHighs = highsModule as unknown as typeof highsModule.default;

const [name = "", sizeText = "", limitText = "60"] = process.argv.slice(2);
const size = Number(sizeText);
const limitSeconds = Number(limitText);
const family = FAMILIES.find((known) => known.name === name);
if (family === undefined || !(size > 0)) throw new Error(`no such case: ${name} ${sizeText}`);

const { fleet, tariff, eligibility, terms } = family.build(size);
const { problem } = prepareFleet(fleet, tariff, eligibility, terms);
const model = highsModel(problem);
const highs = await loadHighs();
const stop = stopwatch();
const solution = highs.solve(model, {
  time_limit: limitSeconds,
  mip_rel_gap: 0,
  mip_abs_gap: 0,
  output_flag: false,
});
const elapsed = stop();
const objective = priceOf(problem, solution.Columns);
const record: HighsResult = {
  kind: "highs",
  family: name,
  size,
  status: solution.Status,
  objective,
  elapsed,
  limitSeconds,
};
console.log(JSON.stringify(record));

/** Its assignment by our own rating, so that its tolerances win it nothing. */
function priceOf(given: Problem, columns: Readonly<Record<string, object>>): number | undefined {
  const plans = Uint16Array.from(given.current);
  for (let sim = 0; sim < given.size; sim++) {
    let most = 0;
    for (const plan of optionsOf(given, sim)) {
      const column = columns[`x${sim}_${plan}`];
      const part = column !== undefined && "Primal" in column ? Number(column.Primal) : 0;
      if (part <= most) continue;
      most = part;
      plans[sim] = plan;
    }
    if (most < 0.5) return undefined;
  }
  const { bill, penalty, feasible } = measure(given, plans);
  return feasible ? bill + penalty : undefined;
}
