import { MICROS_PER_UNIT } from "../../billing/units.ts";
import { certificateStatement } from "../certificate-statement.ts";
import type { ReportFigures } from "../figures.ts";
import { runNotes } from "../notes.ts";
import { sims } from "../number-text.ts";
import type { ReportedGroup, ReportedRun, ReportOrigin } from "../reported-run.ts";
import { periodText, reportTitle, STRATEGY_TITLES } from "../titles.ts";
import type { Cell } from "./cell.ts";
import { blankCell, countCell, dataCell, moneyCell, priceCell, ratioCell, textCell } from "./cell.ts";
import type { Column, SheetShape } from "./sheet-out.ts";
import { Style } from "./styles.ts";

/** A sheet whose rows are few enough to be made at once. */
export interface SmallSheet {
  readonly name: string;
  readonly shape: SheetShape;
  readonly rows: readonly (readonly Cell[])[];
  /** Lines of text a row is tall; 1 unless said. */
  readonly heights?: readonly number[];
  readonly total?: readonly Cell[];
}

export interface SheetSource {
  readonly run: ReportedRun;
  readonly figures: ReportFigures;
  readonly origin: ReportOrigin;
}

export function smallSheets(source: SheetSource): SmallSheet[] {
  return [
    summarySheet(source),
    planMixSheet(source),
    strategiesSheet(source),
    poolsSheet(source),
    groupsSheet(source),
  ];
}

const text = (header: string, width: number): Column => ({ header, width });
const figure = (header: string, width = 16): Column => ({ header, width, right: true });

const REMARK_WIDTH = 78;

interface SummaryRow {
  readonly cells: readonly Cell[];
  readonly lines: number;
}

/** Excel draws no row taller than 409 points. */
const MAX_LINES = 27;

/** How many lines a text needs in a column of that width. */
const linesOf = (sentence: string, width: number): number =>
  Math.min(MAX_LINES, Math.max(1, Math.ceil(sentence.length / width)));

function summarySheet({ run, figures, origin }: SheetSource): SmallSheet {
  const label = (name: string, value: Cell, remark = ""): SummaryRow => ({
    cells: [textCell(name, Style.label), value, textCell(remark, Style.wrapped)],
    lines: linesOf(remark, REMARK_WIDTH),
  });
  const line = (name: string, sentence: string): SummaryRow => label(name, blankCell(), sentence);
  const gap: SummaryRow = { cells: [], lines: 1 };
  const statement = certificateStatement(figures, run.certified?.status);
  const period = periodText(run.period);
  const excluded = figures.excluded.map(({ reason, devices }) =>
    label(`Left out: ${reason}`, countCell(devices)),
  );
  const held = figures.held.map(({ reason, devices }) => label(`Not moved: ${reason}`, countCell(devices)));
  const notes = [...runNotes(run, figures).map((note) => note.text), ...(origin.notes ?? [])];
  const rows: SummaryRow[] = [
    { cells: [textCell(reportTitle(origin), Style.title)], lines: 2 },
    gap,
    ...(period === "" ? [] : [line("Billing cycle", period)]),
    ...(origin.date === undefined ? [] : [line("Date", origin.date)]),
    label(
      "Cost today",
      moneyCell(figures.baseline),
      "Today's plans, priced by the same rules on the same usage",
    ),
    label("Cost recommended", moneyCell(figures.optimized)),
    label("Saving", moneyCell(figures.saving), "In one billing cycle"),
    label("Saving, share of today's cost", ratioCell(figures.savingShare, Style.percent)),
    label("SIMs that change plan", countCell(figures.changes)),
    ...(figures.penalty === 0
      ? []
      : [
          label(
            "What changes must earn back",
            moneyCell(figures.penalty),
            "Switching costs and minimum savings of the changes made; not money on the bill",
          ),
        ]),
    label("Strategy used", textCell(STRATEGY_TITLES[figures.winner], Style.exactText)),
    gap,
    ...(figures.bound === undefined
      ? []
      : [
          label(
            "Lower bound",
            moneyCell(figures.bound, Style.moneyExact),
            figures.countsChanges
              ? "No assignment within the rules of this run can come to less, what its changes must earn back counted"
              : "No assignment within the rules of this run can cost less",
          ),
        ]),
    ...(figures.gap === undefined ? [] : [label("Gap to the bound", ratioCell(figures.gap, Style.gap))]),
    line("Certificate", `${statement.headline}. ${statement.text}`),
    gap,
    label("SIMs in the input", countCell(figures.devices)),
    label("SIMs in the bill", countCell(figures.optimizedDevices)),
    ...excluded,
    label("Quarantined rows", countCell(figures.quarantined)),
    ...held,
    gap,
    ...notes.map((note) => line("Note", note)),
    ...(notes.length === 0 ? [] : [gap]),
    ...Object.entries(origin.inputs).map(([name, hash]) => line(`Input: ${name}`, `SHA-256 ${hash}`)),
  ];
  return {
    name: "Summary",
    shape: { columns: [text("", 34), figure("", 24), text("", REMARK_WIDTH)], table: false },
    rows: rows.map(({ cells }) => cells),
    heights: rows.map(({ lines }) => lines),
  };
}

/** To the cent, and exactly where that would hide how little it is. */
const excessCell = (micros: number): Cell =>
  moneyCell(micros, micros < MICROS_PER_UNIT ? Style.moneyExact : Style.money);

function planMixSheet({ figures }: SheetSource): SmallSheet {
  const sum = (part: (plan: (typeof figures.plans)[number]) => number): number =>
    figures.plans.reduce((total, plan) => total + part(plan), 0);
  return {
    name: "Plan mix",
    shape: {
      table: true,
      columns: [
        text("Plan", 28),
        text("Pool", 20),
        figure("SIMs today", 13),
        figure("SIMs recommended", 15),
        figure("Change", 12),
        figure("Base cost today", 18),
        figure("Base cost recommended", 18),
        figure("Own overage today", 18),
        figure("Own overage recommended", 18),
        figure("Fees and taxes today", 18),
        figure("Fees and taxes recommended", 18),
        figure("Usage recommended"),
      ],
    },
    rows: figures.plans.map(({ plan, pool, before, after }) => [
      textCell(plan),
      textCell(pool),
      countCell(before.devices),
      countCell(after.devices),
      countCell(after.devices - before.devices),
      moneyCell(before.base),
      moneyCell(after.base),
      moneyCell(before.overage),
      moneyCell(after.overage),
      moneyCell(before.fee + before.tax),
      moneyCell(after.fee + after.tax),
      dataCell(after.usageBytes),
    ]),
    total: [
      textCell("Total, without pools' costs", Style.totalText),
      blankCell(Style.totalText),
      countCell(
        sum((plan) => plan.before.devices),
        Style.totalCount,
      ),
      countCell(
        sum((plan) => plan.after.devices),
        Style.totalCount,
      ),
      blankCell(Style.totalCount),
      moneyCell(
        sum((plan) => plan.before.base),
        Style.totalMoney,
      ),
      moneyCell(
        sum((plan) => plan.after.base),
        Style.totalMoney,
      ),
      moneyCell(
        sum((plan) => plan.before.overage),
        Style.totalMoney,
      ),
      moneyCell(
        sum((plan) => plan.after.overage),
        Style.totalMoney,
      ),
      moneyCell(
        sum((plan) => plan.before.fee + plan.before.tax),
        Style.totalMoney,
      ),
      moneyCell(
        sum((plan) => plan.after.fee + plan.after.tax),
        Style.totalMoney,
      ),
      dataCell(
        sum((plan) => plan.after.usageBytes),
        Style.totalData,
      ),
    ],
  };
}

function strategiesSheet({ figures }: SheetSource): SmallSheet {
  const bound = figures.bound;
  return {
    name: "Strategies",
    shape: {
      table: true,
      columns: [
        text("Strategy", 34),
        text("Used", 8),
        figure("Cost", 20),
        figure("Changes must earn back", 18),
        figure("Above the bound", 20),
        figure("Gap"),
        figure("SIMs changed", 14),
        text("Keeps the limits", 16),
        figure("Time", 12),
      ],
    },
    rows: figures.strategies.map((strategy) => [
      textCell(STRATEGY_TITLES[strategy.name]),
      textCell(strategy.name === figures.winner ? "yes" : "no"),
      moneyCell(strategy.cost),
      moneyCell(strategy.penalty),
      bound === undefined || !strategy.feasible
        ? blankCell()
        : excessCell(strategy.cost + strategy.penalty - bound),
      ratioCell(strategy.gap, Style.gap),
      countCell(strategy.changes),
      textCell(strategy.feasible ? "yes" : "no"),
      ratioCell(Number(strategy.seconds.toFixed(6)), Style.seconds),
    ]),
  };
}

function poolsSheet({ figures }: SheetSource): SmallSheet {
  const { pools } = figures;
  const sum = (part: (pool: (typeof pools)[number]) => number): number =>
    pools.reduce((total, pool) => total + part(pool), 0);
  const use = (usage: number, allowance: number): number | undefined =>
    allowance === 0 ? undefined : usage / allowance;
  return {
    name: "Pools",
    shape: {
      table: true,
      columns: [
        text("Pool", 28),
        text("Allowance", 12),
        figure("SIMs today", 13),
        figure("SIMs recommended", 15),
        figure("Allowance today", 20),
        figure("Allowance recommended", 20),
        figure("Usage today", 20),
        figure("Usage recommended", 20),
        figure("Used today", 12),
        figure("Used recommended", 16),
        figure("Cost today", 18),
        figure("Cost recommended", 18),
        figure("One more MB is worth", 18),
      ],
    },
    rows: pools.map(({ pool, before, after, pricePerMegabyte }) => [
      textCell(pool),
      textCell(after.fixed ? "fixed" : "shared"),
      countCell(before.members),
      countCell(after.members),
      dataCell(before.allowanceBytes),
      dataCell(after.allowanceBytes),
      dataCell(before.usageBytes),
      dataCell(after.usageBytes),
      ratioCell(use(before.usageBytes, before.allowanceBytes), Style.percent),
      ratioCell(use(after.usageBytes, after.allowanceBytes), Style.percent),
      moneyCell(before.overage + before.tax + before.fixedCharge),
      moneyCell(after.overage + after.tax + after.fixedCharge),
      pricePerMegabyte === undefined ? blankCell() : priceCell(pricePerMegabyte),
    ]),
    total: [
      textCell(pools.length === 0 ? "No plan has a pool" : "Total", Style.totalText),
      blankCell(Style.totalText),
      countCell(
        sum((pool) => pool.before.members),
        Style.totalCount,
      ),
      countCell(
        sum((pool) => pool.after.members),
        Style.totalCount,
      ),
      dataCell(
        sum((pool) => pool.before.allowanceBytes),
        Style.totalData,
      ),
      dataCell(
        sum((pool) => pool.after.allowanceBytes),
        Style.totalData,
      ),
      dataCell(
        sum((pool) => pool.before.usageBytes),
        Style.totalData,
      ),
      dataCell(
        sum((pool) => pool.after.usageBytes),
        Style.totalData,
      ),
      blankCell(Style.totalCount),
      blankCell(Style.totalCount),
      moneyCell(
        sum(({ before }) => before.overage + before.tax + before.fixedCharge),
        Style.totalMoney,
      ),
      moneyCell(
        sum(({ after }) => after.overage + after.tax + after.fixedCharge),
        Style.totalMoney,
      ),
      blankCell(Style.totalCount),
    ],
  };
}

const MAY_TAKE_WIDTH = 60;

function groupsSheet({ run, figures }: SheetSource): SmallSheet {
  const { groups, tariff } = run;
  const mayTake = ({ plans }: ReportedGroup): string =>
    plans.map((plan) => tariff.plans[plan]?.code ?? "").join(", ");
  const sum = (part: (group: (typeof groups)[number]) => number): number =>
    groups.reduce((total, group) => total + part(group), 0);
  return {
    name: "Groups",
    shape: {
      table: true,
      columns: [
        text("Group", 24),
        text("Communication plans", 30),
        text("Plans its SIMs may take", MAY_TAKE_WIDTH),
        figure("SIMs", 12),
        figure("SIMs changed", 14),
        figure("Usage", 20),
        figure("Cost today", 18),
        figure("Cost recommended", 18),
        figure("Saving", 18),
      ],
    },
    rows: groups.map((group) => [
      textCell(group.name),
      textCell(group.communicationPlans.map((name) => (name === "" ? "(none)" : name)).join(", ")),
      textCell(mayTake(group), Style.wrapped),
      countCell(group.devices),
      countCell(group.changes),
      dataCell(group.usageBytes),
      moneyCell(group.before),
      moneyCell(group.after),
      moneyCell(group.before - group.after),
    ]),
    heights: groups.map((group) => linesOf(mayTake(group), MAY_TAKE_WIDTH)),
    total: [
      textCell("Total", Style.totalText),
      textCell(groups.length === 0 ? `${sims(figures.optimizedDevices)} in the bill` : "", Style.totalText),
      blankCell(Style.totalText),
      countCell(
        sum((group) => group.devices),
        Style.totalCount,
      ),
      countCell(
        sum((group) => group.changes),
        Style.totalCount,
      ),
      dataCell(
        sum((group) => group.usageBytes),
        Style.totalData,
      ),
      moneyCell(
        sum((group) => group.before),
        Style.totalMoney,
      ),
      moneyCell(
        sum((group) => group.after),
        Style.totalMoney,
      ),
      moneyCell(
        sum((group) => group.before - group.after),
        Style.totalMoney,
      ),
    ],
  };
}
