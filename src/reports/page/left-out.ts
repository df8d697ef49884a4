import type { ReasonCount, ReportFigures } from "../figures.ts";
import { count, roundedData, roundedMoney } from "../number-text.ts";
import type { InputRows, ReportedRun, ReportOrigin } from "../reported-run.ts";
import { quarantineReason } from "../assignment-line.ts";
import type { Html } from "./html.ts";
import { markup, name } from "./html.ts";
import { table } from "./table.ts";

const GROUPS_IN_TABLE = 30;
const ROWS_SHOWN = 10;
const PLANS_NAMED = 12;

/** SIMs that may take the same plans, where there is more than one such group. */
export function groupsSection(run: ReportedRun, currency: string): Html {
  if (run.groups.length < 2) return markup``;
  const groups = [...run.groups].sort(
    (a, b) => b.before - b.after - (a.before - a.after) || b.devices - a.devices,
  );
  const shown = groups.slice(0, GROUPS_IN_TABLE);
  const more = groups.length - shown.length;
  return markup`<section><h2>Groups</h2>
<p>SIMs whose communication plans allow the same rate plans.</p>
${table({
  caption: `Groups, largest saving first, in ${currency}`,
  columns: [
    { title: "Group" },
    { title: "May take", wide: true },
    { title: "SIMs", right: true },
    { title: "Usage", right: true, wide: true },
    { title: "Cost today", right: true },
    { title: "Saving", right: true },
  ],
  rows: shown.map((group) => [
    name(group.name),
    name(planList(run, group.plans)),
    count(group.devices),
    roundedData(group.usageBytes),
    roundedMoney(group.before),
    roundedMoney(group.before - group.after),
  ]),
})}${more === 0 ? undefined : markup`<p class="soft">${count(more)} more groups are in report.xlsx.</p>`}</section>
`;
}

function planList(run: ReportedRun, plans: readonly number[]): string {
  const named = plans.slice(0, PLANS_NAMED).map((plan) => run.tariff.plans[plan]?.code ?? "");
  const more = plans.length - named.length;
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${count(more)} more`;
}

/** What is in no figure, what may not be moved, and why. */
export function leftOutSection(figures: ReportFigures, rows: InputRows): Html {
  const nothing = figures.excluded.length === 0 && figures.quarantined === 0;
  return markup`<section><h2>Left out, and why</h2>
${
  nothing
    ? markup`<p>Every SIM of the input is in the bill.</p>`
    : markup`<p>These are in no cost above, neither today's nor the recommended one, and keep their plans.</p>
${reasonTable("Left out of the bill", [...figures.excluded, ...(figures.quarantined === 0 ? [] : [{ reason: "quarantined: the row could not be read", devices: figures.quarantined }])])}`
}${quarantineTable(rows)}${
    figures.held.length === 0 ? undefined : reasonTable("In the bill, but not to be moved", figures.held)
  }</section>
`;
}

function reasonTable(caption: string, counts: readonly ReasonCount[]): Html {
  return table({
    caption,
    columns: [{ title: "Reason" }, { title: "SIMs", right: true }],
    rows: counts.map(({ reason, devices }) => [reason, count(devices)]),
  });
}

function quarantineTable({ quarantined }: InputRows): Html {
  if (quarantined.length === 0) return markup``;
  const shown = quarantined.slice(0, ROWS_SHOWN);
  const more = quarantined.length - shown.length;
  return markup`${table({
    caption:
      more > 0
        ? `Quarantined rows, the first ${ROWS_SHOWN} of ${count(quarantined.length)}; all are in report.xlsx`
        : "Quarantined rows",
    columns: [{ title: "ICCID as it stood" }, { title: "What is wrong" }],
    rows: shown.map((row) => [
      name(cut(row.iccid)),
      name(cut(quarantineReason(row).replace("quarantined: ", ""))),
    ]),
  })}`;
}

const TEXT_SHOWN = 300;

const cut = (text: string): string => (text.length > TEXT_SHOWN ? `${text.slice(0, TEXT_SHOWN)}…` : text);

/** How the figures come about, and what they were made from. */
export function aboutSection(run: ReportedRun, figures: ReportFigures, origin: ReportOrigin): Html {
  const inputs = Object.entries(origin.inputs);
  return markup`<section><h2>About these figures</h2>
<p>Today's plans and the recommended ones are priced by the same rules on the same usage, so a saving is never an artefact of two formulas. Amounts are in ${figures.currency}, rounded to the cent here and exact in assignments.csv and summary.json. 1 MB is 1,048,576 bytes.</p>
${run.terms.switchCost + run.terms.minSaving === 0 ? undefined : markup`<p>A change of plan counts ${figures.currency} ${roundedMoney(run.terms.switchCost)} of switching cost unless the SIM has its own, and must save ${figures.currency} ${roundedMoney(run.terms.minSaving)} beyond that. Neither is money on the bill.</p>\n`}${Number.isFinite(run.terms.maxChanges) ? markup`<p>At most ${count(run.terms.maxChanges)} SIMs were to change plan.</p>\n` : undefined}${
    inputs.length === 0
      ? undefined
      : table({
          caption: "Inputs of this run",
          columns: [{ title: "Input" }, { title: "SHA-256" }],
          rows: inputs.map(([input, hash]) => [name(input), markup`<span class="hash">${hash}</span>`]),
        })
  }</section>
`;
}
