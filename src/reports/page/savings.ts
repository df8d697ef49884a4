import type { ReportFigures } from "../figures.ts";
import type { Move } from "../moves.ts";
import { count, roundedMoney, sims } from "../number-text.ts";
import { createExplain } from "../reasons/explain.ts";
import { costAfter, costBefore } from "../reasons/ground.ts";
import type { ReportedRun } from "../reported-run.ts";
import { figure } from "./figure.ts";
import type { Html } from "./html.ts";
import { markup, name } from "./html.ts";
import { table } from "./table.ts";

const MOVES_IN_CHART = 8;
const MOVES_IN_TABLE = 15;

/** Which moves the saving comes from, and the SIMs that save most. */
export function savingsSection(run: ReportedRun, figures: ReportFigures): Html {
  const { byPlan, largest } = figures.moves;
  if (byPlan.length === 0)
    return markup`<section><h2>Largest savings</h2><p>No SIM changes plan.</p></section>\n`;
  return markup`<section><h2>Largest savings</h2>
<p>What the lines of the SIMs that change plan save, their shares of pool costs included. A pool's saving also reaches SIMs that stay, so these lines need not add up to the whole saving.</p>
${moveFigure(run, figures.currency, byPlan)}${moveTable(run, figures.currency, byPlan)}${largest.length === 0 ? undefined : simTable(run, figures.currency, largest)}</section>
`;
}

const planCode = (run: ReportedRun, plan: number): string => run.tariff.plans[plan]?.code ?? "";

function moveFigure(run: ReportedRun, currency: string, moves: readonly Move[]): Html {
  const shown = moves.filter(({ saving }) => saving > 0).slice(0, MOVES_IN_CHART);
  if (shown.length === 0) return markup``;
  const names = shown.map(({ from, to }) => `${planCode(run, from)} → ${planCode(run, to)}`);
  return figure({
    caption: `Saving by move, in ${currency}`,
    description: `Largest savings by move: ${shown.map(({ devices, saving }, k) => `${names[k] ?? ""}, ${sims(devices)}, ${roundedMoney(saving)}`).join("; ")}.`,
    categories: names,
    series: [
      {
        colours: ["recommended"],
        values: shown.map(({ saving }) => saving),
        labels: shown.map(({ saving, devices }) => `${roundedMoney(saving)} (${sims(devices)})`),
      },
    ],
  });
}

function moveTable(run: ReportedRun, currency: string, moves: readonly Move[]): Html {
  const shown = moves.slice(0, MOVES_IN_TABLE);
  const rest = moves.slice(shown.length);
  const sum = (list: readonly Move[], part: "devices" | "saving"): number =>
    list.reduce((total, move) => total + move[part], 0);
  const others =
    rest.length === 0
      ? []
      : [
          [
            `${count(rest.length)} other moves`,
            "",
            count(sum(rest, "devices")),
            roundedMoney(sum(rest, "saving")),
          ],
        ];
  return table({
    caption: `Moves between plans, in ${currency}`,
    columns: [
      { title: "From" },
      { title: "To" },
      { title: "SIMs", right: true },
      { title: "Saving", right: true },
    ],
    rows: [
      ...shown.map(({ from, to, devices, saving }) => [
        name(planCode(run, from)),
        name(planCode(run, to)),
        count(devices),
        roundedMoney(saving),
      ]),
      ...others,
    ],
    foot: ["All moves", "", count(sum(moves, "devices")), roundedMoney(sum(moves, "saving"))],
  });
}

function simTable(run: ReportedRun, currency: string, rows: readonly number[]): Html {
  const explain = createExplain(run);
  return table({
    stacked: true,
    caption: `The ${rows.length === 1 ? "SIM that saves" : `${count(rows.length)} SIMs that save`} most, in ${currency}; every SIM is in assignments.csv and report.xlsx`,
    columns: [
      { title: "ICCID", id: true },
      { title: "Today", right: true, wide: true },
      { title: "Recom\u00admended", right: true, wide: true },
      { title: "Saving", right: true },
      { title: "Why" },
    ],
    rows: rows.map((row) => [
      run.fleet.iccid(row),
      roundedMoney(costBefore(run, row)),
      roundedMoney(costAfter(run, row)),
      roundedMoney(costBefore(run, row) - costAfter(run, row)),
      markup`<bdi>${explain(row)}</bdi>`,
    ]),
  });
}
