import type { ReportFigures, StrategyFigures } from "../figures.ts";
import { count, gapPercent, roundedMoney } from "../number-text.ts";
import { STRATEGY_TITLES } from "../titles.ts";
import { figure } from "./figure.ts";
import type { Html } from "./html.ts";
import { markup } from "./html.ts";
import { table } from "./table.ts";

/** What each strategy leaves on the table, measured from the bound or, without one, from the cheapest. */
export function strategiesSection(figures: ReportFigures): Html {
  const { strategies, bound, winner, currency } = figures;
  if (strategies.length === 0) return markup``;
  const counted = (strategy: StrategyFigures): number => strategy.cost + strategy.penalty;
  const kept = strategies.filter(({ feasible }) => feasible);
  const floor = bound ?? Math.min(...kept.map(counted));
  const above = (strategy: StrategyFigures): string =>
    strategy.feasible && Number.isFinite(floor) ? roundedMoney(counted(strategy) - floor) : "breaks a limit";
  const from = bound === undefined ? "the cheapest of them" : "the proven lower bound";
  const penalised = strategies.some(({ penalty }) => penalty > 0);
  const rivals = kept.filter(({ name }) => name !== "current").map((strategy) => counted(strategy) - floor);
  const longestRival = Math.max(0, ...rivals);
  return markup`<section><h2>What each strategy leaves on the table</h2>
<p>How far each way of assigning plans ends above ${from}${penalised ? ", with what its changes must earn back counted in" : ""}. The cheapest is used; a tie goes to fewer changes.</p>
${
  kept.length === 0
    ? undefined
    : figure({
        caption: `${currency} above ${from}`,
        description: `Above ${from}: ${strategies.map((strategy) => `${STRATEGY_TITLES[strategy.name]} ${above(strategy)}`).join("; ")}.`,
        categories: kept.map(({ name }) => STRATEGY_TITLES[name]),
        series: [
          {
            colours: kept.map(({ name }) => (name === winner ? "recommended" : "today")),
            values: kept.map((strategy) => counted(strategy) - floor),
            labels: kept.map(
              (strategy) =>
                `${roundedMoney(counted(strategy) - floor)}${strategy.gap === undefined ? "" : ` (${gapPercent(strategy.gap)})`}`,
            ),
          },
        ],
        ...(longestRival > 0 ? { cutAt: 2 * longestRival } : {}),
      })
}${table({
    caption: `Strategies, in ${currency}`,
    columns: [
      { title: "Strategy" },
      { title: "Cost", right: true, wide: true },
      { title: "Above", right: true },
      ...(bound === undefined ? [] : [{ title: "Gap", right: true }]),
      { title: "SIMs changed", right: true, wide: true },
    ],
    rows: strategies.map((strategy) => [
      STRATEGY_TITLES[strategy.name],
      roundedMoney(strategy.cost),
      above(strategy),
      ...(bound === undefined ? [] : [strategy.gap === undefined ? "" : gapPercent(strategy.gap)]),
      count(strategy.changes),
    ]),
    used: strategies.findIndex(({ name }) => name === winner),
  })}</section>
`;
}
