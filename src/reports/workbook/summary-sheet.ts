import { certificateStatement } from "../certificate-statement.ts";
import { runNotes } from "../notes.ts";
import { periodText, reportTitle, STRATEGY_TITLES } from "../titles.ts";
import type { Cell } from "./cell.ts";
import { blankCell, countCell, moneyCell, ratioCell, textCell } from "./cell.ts";
import type { SheetSource, SmallSheet } from "./small-sheets.ts";
import { linesOf } from "./sheet-out.ts";
import { Style } from "./styles.ts";

const REMARK_WIDTH = 78;

interface SummaryRow {
  readonly cells: readonly Cell[];
  readonly lines: number;
}

export function summarySheet({ run, figures, origin }: SheetSource): SmallSheet {
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
    shape: {
      columns: [
        { header: "", width: 34 },
        { header: "", width: 24, right: true },
        { header: "", width: REMARK_WIDTH },
      ],
      table: false,
    },
    rows: rows.map(({ cells }) => cells),
    heights: rows.map(({ lines }) => lines),
  };
}
