import { certificateStatement } from "../certificate-statement.ts";
import type { ReportFigures } from "../figures.ts";
import { runNotes } from "../notes.ts";
import { count, roundedMoney, roundedPercent, sims } from "../number-text.ts";
import type { ReportedRun, ReportOrigin } from "../reported-run.ts";
import { periodText } from "../titles.ts";
import { figure } from "./figure.ts";
import type { Html } from "./html.ts";
import { markup, name } from "./html.ts";

/** What the reader takes away: saving, key figures, what is proven, what must not be missed, cost before and after. */
export function headlineSection(run: ReportedRun, figures: ReportFigures, origin: ReportOrigin): Html {
  const statement = certificateStatement(figures, run.certified?.status);
  const notes = runNotes(run, figures);
  const said = [
    ...notes.filter((note) => note.kind === "fact").map((note) => note.text),
    ...(origin.notes ?? []),
  ];
  return markup`<header><h1>Rate plan optimisation${origin.subject === undefined ? undefined : markup`: ${name(origin.subject)}`}</h1>
<p class="soft">${[periodText(run.period), sims(figures.devices), origin.date ?? ""].filter((part) => part !== "").join(" · ")}</p></header>
<p class="headline">${headline(figures)}</p>
<p>${sentence(figures)}</p>
${notes.filter((note) => note.kind === "warning").map((note) => markup`<div class="warning" role="note"><p>${note.text}</p></div>\n`)}${keyFigures(figures)}
<div class="proof"><p><strong>${statement.headline}.</strong></p><p>${statement.text}</p></div>
${costFigure(figures)}${said.map((text) => markup`<p>${text}</p>\n`)}`;
}

const inCurrency = (figures: ReportFigures, micros: number): string =>
  `${figures.currency} ${roundedMoney(micros)}`;

function headline(figures: ReportFigures): string {
  if (figures.saving > 0) return `${inCurrency(figures, figures.saving)} saved per billing cycle`;
  if (figures.saving === 0) return "Nothing to save this billing cycle";
  return `${inCurrency(figures, -figures.saving)} more per billing cycle, to keep the limits`;
}

function sentence(figures: ReportFigures): string {
  const fleet = `${count(figures.changes)} of ${sims(figures.optimizedDevices)} in the bill`;
  if (figures.changes === 0)
    return `No SIM changes plan; ${sims(figures.optimizedDevices)} in the bill cost ${inCurrency(figures, figures.baseline)}.`;
  const moves = `${fleet} change${figures.changes === 1 ? "s" : ""} plan`;
  const share =
    figures.saving > 0 ? `That is ${roundedPercent(figures.savingShare)} of what they cost today. ` : "";
  return `${share}${moves}.`;
}

function keyFigures(figures: ReportFigures): Html {
  const money = (micros: number): Html =>
    markup`<span class="unit">${figures.currency}</span> ${roundedMoney(micros)}`;
  const items: [string, Html | string][] = [
    ["Cost today", money(figures.baseline)],
    ["Cost recommended", money(figures.optimized)],
    ["Saving", money(figures.saving)],
    ...(figures.bound === undefined
      ? []
      : [
          [
            figures.countsChanges ? "Cannot cost less than, changes counted" : "Cannot cost less than",
            money(Math.floor(figures.bound / 10_000) * 10_000),
          ] satisfies [string, Html],
        ]),
    ["SIMs that change plan", count(figures.changes)],
  ];
  return markup`<dl class="figures">${items.map(([term, value]) => markup`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function costFigure(figures: ReportFigures): Html {
  const { baseline, optimized, penalty, bound, countsChanges } = figures;
  const counted = bound !== undefined && countsChanges && penalty > 0;
  const bars = [
    { label: "Today", value: baseline },
    { label: "Recommended", value: optimized },
    ...(counted ? [{ label: "… with its changes counted", value: optimized + penalty }] : []),
  ];
  const limit = countsChanges
    ? "no assignment comes to less, its changes counted"
    : "no assignment can cost less";
  return figure({
    caption: "Cost of the billing cycle",
    description: `${bars.map(({ label, value }) => `${label} ${inCurrency(figures, value)}`).join("; ")}${bound === undefined ? "" : `; ${limit}: ${inCurrency(figures, bound)}`}.`,
    keys: bound === undefined ? [] : [["bound", limit]],
    categories: bars.map(({ label }) => label),
    series: [
      {
        colours: bars.map((_, k) => (k === 0 ? "today" : "recommended")),
        values: bars.map(({ value }) => value),
        labels: bars.map(({ value }) => roundedMoney(value)),
      },
    ],
    ...(bound === undefined ? {} : { line: bound }),
  });
}
