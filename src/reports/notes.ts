import type { ReportFigures } from "./figures.ts";
import { count, roundedMoney, sims } from "./number-text.ts";
import type { ReportedRun } from "./reported-run.ts";

/** A sentence that a reader of the result must not miss ("warning"), or that explains it ("fact"). */
export interface RunNote {
  readonly kind: "warning" | "fact";
  readonly text: string;
}

/** What is to be said about a run beside its figures. */
export function runNotes(run: ReportedRun, figures: ReportFigures): RunNote[] {
  const notes: RunNote[] = [];
  const warn = (text: string): number => notes.push({ kind: "warning", text });
  const say = (text: string): number => notes.push({ kind: "fact", text });
  const broken = brokenLimits(run);
  const limits = broken.length === 0 ? "" : `: ${broken.join("; ")}`;
  if (figures.saving < 0) {
    warn(
      `The recommendation costs ${figures.currency} ${roundedMoney(-figures.saving)} more than today's assignment, ` +
        `because today's assignment does not keep the limits${limits}.`,
    );
  } else if (!run.currentFeasible) {
    warn(`Today's assignment does not keep the limits${limits}. The recommendation does.`);
  }
  if (figures.saving === 0) say(nothingSaved(figures));
  const { dearer } = figures.moves;
  if (dearer.devices > 0) {
    say(
      `${sims(dearer.devices)} ${dearer.devices === 1 ? "is" : "are"} moved although ${dearer.devices === 1 ? "its own line gets" : "their own lines get"} dearer, ` +
        `by ${figures.currency} ${roundedMoney(dearer.extra)} in all: for a shared pool or for a limit on a plan. Each such line says which.`,
    );
  }
  for (const { pool, after } of figures.pools) {
    if (after.members === 0 && after.fixedCharge > 0) {
      say(
        `Pool ${pool} costs ${figures.currency} ${roundedMoney(after.fixedCharge)} although no SIM is on it; no line carries that charge.`,
      );
    }
  }
  if (figures.quarantined > 0) {
    warn(
      `${count(figures.quarantined)} ${figures.quarantined === 1 ? "row" : "rows"} of the input could not be read and ${figures.quarantined === 1 ? "is" : "are"} in no figure.`,
    );
  }
  return notes;
}

function nothingSaved({ gap }: ReportFigures): string {
  if (gap === 0) return "Nothing is saved: what the fleet costs today is proven to be the least it can cost.";
  if (gap === undefined) return "Nothing is saved: no cheaper assignment was found.";
  return "Nothing is saved: no cheaper assignment was found, and the bound says how little there can be to find.";
}

/** Limits that today's assignment breaks, as short phrases. */
function brokenLimits({ tariff, before }: ReportedRun): string[] {
  return tariff.plans.flatMap((plan, p) => {
    const devices = before.plans[p]?.devices ?? 0;
    if (devices > plan.maxDevices)
      return [`${plan.code} has ${sims(devices)} today and takes at most ${count(plan.maxDevices)}`];
    if (devices < plan.minDevices)
      return [`${plan.code} has ${sims(devices)} today and needs at least ${count(plan.minDevices)}`];
    return [];
  });
}
