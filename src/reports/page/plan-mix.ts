import type { PlanFigures, ReportFigures } from "../figures.ts";
import { count, roundedMoney, sims } from "../number-text.ts";
import { figure } from "./figure.ts";
import type { Html } from "./html.ts";
import { markup, name } from "./html.ts";
import { table } from "./table.ts";

const PLANS_IN_CHART = 12;
const PLANS_IN_TABLE = 60;

/** How many SIMs each plan has, today and recommended. */
export function planMixSection(figures: ReportFigures): Html {
  const inUse = figures.plans
    .filter(({ before, after }) => before.devices + after.devices > 0)
    .sort((a, b) => largest(b) - largest(a));
  const unused = figures.plans.length - inUse.length;
  return markup`<section><h2>Plan mix</h2>
<p>SIMs on each plan, today and as recommended.${unused === 0 ? "" : ` ${count(unused)} more ${unused === 1 ? "plan has" : "plans have"} no SIM in either.`}</p>
${inUse.length === 0 ? markup`<p>No SIM is in the bill.</p>` : markup`${mixFigure(inUse)}${mixTable(figures, inUse)}`}</section>
`;
}

const largest = ({ before, after }: PlanFigures): number => Math.max(before.devices, after.devices);

function mixFigure(inUse: readonly PlanFigures[]): Html {
  const shown = inUse.slice(0, inUse.length > PLANS_IN_CHART ? PLANS_IN_CHART - 1 : PLANS_IN_CHART);
  const rest = inUse.slice(shown.length);
  const others =
    rest.length === 0
      ? []
      : [
          {
            label: `${count(rest.length)} other plans`,
            before: total(rest, "before"),
            after: total(rest, "after"),
          },
        ];
  const bars = [
    ...shown.map(({ plan, before, after }) => ({
      label: plan,
      before: before.devices,
      after: after.devices,
    })),
    ...others,
  ];
  return figure({
    caption: "SIMs by plan",
    description: `SIMs by plan, today and recommended: ${bars.map(({ label, before, after }) => `${label} ${count(before)} and ${count(after)}`).join("; ")}.`,
    keys: [
      ["today", "today"],
      ["recommended", "recommended"],
    ],
    categories: bars.map(({ label }) => label),
    series: [
      {
        colours: ["today"],
        values: bars.map(({ before }) => before),
        labels: bars.map(({ before }) => count(before)),
      },
      {
        colours: ["recommended"],
        values: bars.map(({ after }) => after),
        labels: bars.map(({ after }) => count(after)),
      },
    ],
  });
}

function total(plans: readonly PlanFigures[], side: "before" | "after"): number {
  return plans.reduce((sum, plan) => sum + plan[side].devices, 0);
}

function mixTable(figures: ReportFigures, inUse: readonly PlanFigures[]): Html {
  const shown = inUse.slice(0, PLANS_IN_TABLE);
  const ownCost = ({ base, overage, fee, tax }: PlanFigures["after"]): number => base + overage + fee + tax;
  const sum = (side: "before" | "after"): number => inUse.reduce((all, plan) => all + ownCost(plan[side]), 0);
  const more = inUse.length - shown.length;
  return markup`${table({
    caption: `Plans, with their SIMs' own costs in ${figures.currency}; what pools cost comes on top`,
    columns: [
      { title: "Plan" },
      { title: "SIMs today", right: true },
      { title: "SIMs recom\u00admended", right: true },
      { title: "Change", right: true, wide: true },
      { title: "Cost today", right: true, wide: true },
      { title: "Cost recom\u00admended", right: true },
    ],
    rows: shown.map(({ plan, before, after }) => [
      name(plan),
      count(before.devices),
      count(after.devices),
      signed(after.devices - before.devices),
      roundedMoney(ownCost(before)),
      roundedMoney(ownCost(after)),
    ]),
    foot: [
      "All plans",
      count(total(inUse, "before")),
      count(total(inUse, "after")),
      "",
      roundedMoney(sum("before")),
      roundedMoney(sum("after")),
    ],
  })}${more === 0 ? undefined : markup`<p class="soft">${count(more)} smaller plans with ${sims(total(inUse.slice(shown.length), "after"))} are in report.xlsx.</p>`}`;
}

const signed = (value: number): string => (value > 0 ? `+${count(value)}` : count(value));
