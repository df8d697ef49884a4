import { z } from "zod";
import type { SessionView } from "../../../pipeline/context.ts";
import { count, gapPercent, roundedPercent, sims } from "../../../reports/number-text.ts";
import type { Colour, Format } from "../terminal/colour.ts";
import { printable } from "../terminal/printable.ts";
import { moneyText } from "./session-list.ts";

/** What is told of a summary. */
const told = z.object({
  currency: z.string(),
  optimized_devices: z.number(),
  baseline_cost: z.string(),
  optimized_cost: z.string(),
  savings: z.string(),
  savings_percent: z.number(),
  changes: z.number(),
  gap: z.number().nullable(),
  notes: z.array(z.string()).default([]),
});

const LOOK: Readonly<Record<SessionView["status"], Format>> = {
  PENDING: "dim",
  RUNNING: "cyan",
  COMPLETED: "green",
  FAILED: "red",
  CANCELLED: "yellow",
};

/** A session for a person, in a few lines. */
export function sessionText(view: SessionView, colour: Colour): string {
  const { id, status, account, period, reason } = view;
  const ended = view.completed_at !== null;
  const lines = [
    `${colour("bold", `Session ${id}`)}: ${colour(LOOK[status], status)}${ended ? timeText(view) : stageText(view)}`,
    `${printable(account.name)} (account ${account.id}), billing cycle ${period.start} to ${period.end}, ${period.days} days`,
    ...syncLine(view),
    ...(reason === null ? [] : [printable(ended ? `Reason: ${reason}` : waitingText(reason))]),
    ...summaryLines(view, colour),
    ...notToldLines(view, colour),
  ];
  return lines.join("\n");
}

/** What did not get through, or may not have; the rest is in `--json`. */
function notToldLines({ notifications }: SessionView, colour: Colour): string[] {
  return notifications
    .filter(({ status }) => status === "failed" || status === "uncertain")
    .map(({ channel, status, error }) =>
      colour("yellow", printable(`The ${channel} ${NOT_TOLD[status] ?? status}: ${error ?? ""}`)),
    );
}

const NOT_TOLD: Readonly<Record<string, string>> = {
  failed: "could not be told",
  uncertain: "may or may not have gone out",
};

/** What a session that goes on waits for. */
export function waitingText(reason: string): string {
  return reason.startsWith("Waiting") ? reason : `Waiting: ${reason}`;
}

function timeText({ created_at, completed_at }: SessionView): string {
  const seconds = (Date.parse(completed_at ?? created_at) - Date.parse(created_at)) / 1_000;
  return ` after ${durationText(seconds)}`;
}

function stageText({ stage, status, progress }: SessionView): string {
  if (status === "PENDING") return ", not taken up yet";
  return `, ${stage}, about ${Math.floor(progress.fraction * 100)} % done`;
}

function syncLine({ sync }: SessionView): string[] {
  if (sync === null || sync.devices === null) return [];
  const changed = sync.kind === "incremental" ? `, ${count(sync.read ?? 0)} of them read again` : "";
  const aside = sync.quarantined === 0 ? "" : `, ${count(sync.quarantined)} rows set aside as unreadable`;
  const conflicts = sync.conflicts ?? 0;
  const again =
    conflicts === 0
      ? ""
      : `, ${count(conflicts)} ${conflicts === 1 ? "SIM" : "SIMs"} told of twice with different data (the last counts)`;
  const time = sync.seconds === null ? "" : ` in ${durationText(sync.seconds)}`;
  return [
    `Read ${sims(sync.devices)}${changed}${time}${sync.complete ? "" : ", not all of the fleet"}${aside}${again}`,
  ];
}

function summaryLines({ summary, id }: SessionView, colour: Colour): string[] {
  const parsed = told.safeParse(summary);
  if (!parsed.success) return [];
  const { currency, savings, savings_percent, baseline_cost, optimized_cost, changes, gap, notes } =
    parsed.data;
  const saves = savings.startsWith("-")
    ? colour(
        "yellow",
        `Costs ${currency} ${moneyText(savings.slice(1))} more per billing cycle, to keep the limits`,
      )
    : colour(
        "green",
        `Saves ${currency} ${moneyText(savings)} per billing cycle (${roundedPercent(savings_percent / 100)})`,
      );
  const proof =
    gap === null || gap >= 1
      ? ""
      : gap === 0
        ? " Proven: nothing better exists."
        : ` Proven to within ${gapPercent(gap)} of the least possible.`;
  return [
    "",
    colour("bold", saves),
    `Today ${currency} ${moneyText(baseline_cost)}, recommended ${currency} ${moneyText(optimized_cost)}. ` +
      `${count(changes)} of ${sims(parsed.data.optimized_devices)} in the bill change plan.${proof}`,
    ...notes.map((note) => colour("dim", printable(note))),
    `Reports: poolwise session report ${id} --out FOLDER`,
  ];
}

export function durationText(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
