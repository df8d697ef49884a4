import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";
import type { PlanFigures, PoolFigures, ReportFigures, StrategyFigures } from "../../reports/figures.ts";
import { certificateStatement } from "../../reports/certificate-statement.ts";
import { runNotes } from "../../reports/notes.ts";
import {
  count,
  gapPercent,
  pricePerMegabyte,
  roundedData,
  roundedMoney,
  roundedPercent,
  sims,
} from "../../reports/number-text.ts";
import type { ReportedRun } from "../../reports/reported-run.ts";
import { STRATEGY_TITLES } from "../../reports/titles.ts";
import type { Colour } from "./terminal/colour.ts";

const PLANS_SHOWN = 16;
const POOLS_SHOWN = 12;
const NAME_CHARACTERS = 36;

/** The result of a run for a terminal: saving, proof, plan mix, strategies, pools, what was left out, notes. */
export function resultText(
  run: ReportedRun,
  figures: ReportFigures,
  colour: Colour,
  notes: readonly string[] = [],
): string {
  const parts = [
    headline(figures, colour),
    proof(run, figures, colour),
    planMix(figures, colour),
    strategies(figures, colour),
    pools(figures, colour),
    leftOut(figures),
    noteLines(run, figures, notes, colour),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function headline(figures: ReportFigures, colour: Colour): string {
  const { currency, saving, baseline, optimized, changes, optimizedDevices } = figures;
  const say =
    saving > 0
      ? colour(
          "green",
          `Saves ${currency} ${roundedMoney(saving)} per billing cycle (${roundedPercent(figures.savingShare)})`,
        )
      : saving === 0
        ? "Nothing to save this billing cycle"
        : colour(
            "yellow",
            `Costs ${currency} ${roundedMoney(-saving)} more per billing cycle, to keep the limits`,
          );
  return (
    `${colour("bold", say)}\n` +
    `Today ${currency} ${roundedMoney(baseline)}, recommended ${currency} ${roundedMoney(optimized)}. ` +
    `${count(changes)} of ${sims(optimizedDevices)} in the bill change${changes === 1 ? "s" : ""} plan.`
  );
}

function proof(run: ReportedRun, figures: ReportFigures, colour: Colour): string {
  const { headline: proven, text } = certificateStatement(figures, run.certified?.status);
  return `${colour("bold", `${proven}.`)}\n${wrapped(text)}`;
}

function planMix({ plans, currency }: ReportFigures, colour: Colour): string {
  const inUse = plans
    .filter(({ before, after }) => before.devices + after.devices > 0)
    .sort((a, b) => most(b) - most(a));
  if (inUse.length === 0) return "";
  const rows = inUse
    .slice(0, PLANS_SHOWN)
    .map(({ plan, before, after }) => [
      safeName(plan),
      count(before.devices),
      count(after.devices),
      changeText(after.devices - before.devices, colour),
      roundedMoney(ownCost(after)),
    ]);
  const heads = ["Plan", "SIMs today", "Recommended", "Change", `Cost, ${currency}`];
  return tableText("Plan mix", heads, rows, colour) + more(inUse.length - PLANS_SHOWN, "plan");
}

const most = ({ before, after }: PlanFigures): number => Math.max(before.devices, after.devices);
const ownCost = ({ base, overage, fee, tax }: PlanFigures["after"]): number => base + overage + fee + tax;

function changeText(change: number, colour: Colour): string {
  if (change === 0) return colour("dim", "0");
  return change > 0 ? `+${count(change)}` : count(change);
}

function strategies(figures: ReportFigures, colour: Colour): string {
  if (figures.strategies.length === 0) return "";
  const bounded = figures.bound !== undefined;
  const heads = [
    "Strategy",
    `Cost, ${figures.currency}`,
    ...(bounded ? ["Gap"] : []),
    "SIMs changed",
    "Time",
  ];
  const rows = figures.strategies.map((strategy) => strategyRow(strategy, figures, colour));
  const bound =
    figures.bound === undefined
      ? ""
      : `\nLower bound: ${figures.currency} ${roundedMoney(Math.floor(figures.bound / 10_000) * 10_000)}`;
  return tableText("Strategies", heads, rows, colour) + bound;
}

function strategyRow(strategy: StrategyFigures, { bound, winner }: ReportFigures, colour: Colour): string[] {
  const used = strategy.name === winner;
  const gap = strategy.feasible
    ? strategy.gap === undefined
      ? ""
      : gapPercent(strategy.gap)
    : "breaks a limit";
  const cells = [
    `${used ? "* " : "  "}${STRATEGY_TITLES[strategy.name]}`,
    roundedMoney(strategy.cost),
    ...(bound === undefined ? [] : [gap]),
    count(strategy.changes),
    `${strategy.seconds.toFixed(strategy.seconds < 10 ? 2 : 1)} s`,
  ];
  return used ? cells.map((cell) => colour("bold", cell)) : cells;
}

function pools({ pools: all, currency }: ReportFigures, colour: Colour): string {
  const inUse = all
    .filter(({ before, after }) => before.members + after.members > 0)
    .sort((a, b) => b.after.usageBytes - a.after.usageBytes);
  if (inUse.length === 0) return "";
  const heads = ["Pool", "SIMs", "Allowance", "Used", `Cost, ${currency}`, "1 MB more is worth"];
  return (
    tableText("Pools", heads, inUse.slice(0, POOLS_SHOWN).map(poolRow), colour) +
    more(inUse.length - POOLS_SHOWN, "pool")
  );
}

function poolRow({ pool, after, pricePerMegabyte: price }: PoolFigures): string[] {
  return [
    safeName(pool),
    count(after.members),
    roundedData(after.allowanceBytes),
    after.allowanceBytes === 0 ? "" : roundedPercent(after.usageBytes / after.allowanceBytes),
    roundedMoney(after.overage + after.tax + after.fixedCharge),
    price === undefined ? "" : pricePerMegabyte(Number(price.toPrecision(4))),
  ];
}

function leftOut({ excluded, held, quarantined }: ReportFigures): string {
  const out = [
    ...excluded.map(({ reason, devices }) => `${count(devices)} ${reason}`),
    ...(quarantined === 0 ? [] : [`${count(quarantined)} quarantined`]),
  ];
  const lines = [
    out.length === 0 ? "" : `Left out of the bill: ${out.join(", ")}.`,
    held.length === 0
      ? ""
      : `In the bill, not to be moved: ${held.map(({ reason, devices }) => `${count(devices)} ${reason}`).join(", ")}.`,
  ];
  return lines.filter((line) => line !== "").join("\n");
}

function noteLines(
  run: ReportedRun,
  figures: ReportFigures,
  more: readonly string[],
  colour: Colour,
): string {
  const lines = runNotes(run, figures).map(({ kind, text }) =>
    kind === "warning" ? colour("yellow", wrapped(`Warning: ${safeText(text)}`)) : wrapped(safeText(text)),
  );
  return [...lines, ...more.map((text) => wrapped(safeText(text)))].join("\n");
}

const NO_BORDERS = Object.fromEntries(
  [
    "top",
    "top-mid",
    "top-left",
    "top-right",
    "bottom",
    "bottom-mid",
    "bottom-left",
    "bottom-right",
    "left",
    "left-mid",
    "mid",
    "mid-mid",
    "right",
    "right-mid",
  ].map((place) => [place, ""]),
);

/** The first column to the left, figures to the right, no borders. */
function tableText(
  title: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  colour: Colour,
): string {
  const table = new Table({
    head: heads.map((head, column) => colour("dim", column === 0 ? title : head)),
    colAligns: heads.map((_, column) => (column === 0 ? "left" : "right")),
    chars: { ...NO_BORDERS, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function more(left: number, thing: string): string {
  return left <= 0 ? "" : `\n… and ${count(left)} more ${thing}${left === 1 ? "" : "s"} in report.xlsx`;
}

/** Text from the input must not steer the terminal. */
function safeText(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Bidi_Control}]/gu, " ");
}

function safeName(text: string): string {
  const safe = safeText(text);
  const characters = [...new Intl.Segmenter().segment(safe)].map(({ segment }) => segment);
  return characters.length <= NAME_CHARACTERS
    ? safe
    : `${characters.slice(0, NAME_CHARACTERS - 1).join("")}…`;
}

const LINE_CHARACTERS = 100;

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > LINE_CHARACTERS) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}
