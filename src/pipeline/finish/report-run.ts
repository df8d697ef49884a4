import type { Bill } from "../../billing/bill.ts";
import type { ReportFigures } from "../../reports/figures.ts";
import type { ReportedRun } from "../../reports/reported-run.ts";
import { summaryOf } from "../../reports/summary-json.ts";
import { writeReports } from "../../reports/write-reports.ts";
import type { JobTools } from "../compute/perform-job.ts";
import type { SessionInputs } from "../inputs/session-inputs.ts";

/** What a session's reports say beside its run. */
export interface ReportWords {
  /** Of the account, for the title. */
  readonly subject: string;
  readonly notes: readonly string[];
}

export interface SessionReports {
  readonly figures: ReportFigures;
  /** As summary.json has it. */
  readonly summary: Readonly<Record<string, unknown>>;
  /** Micros that the SIMs' lines add up to. */
  readonly costs: { readonly before: number; readonly after: number };
}

/** Writes the reports of a session's run, by their names: the same bytes from the run that was just made and from one restored. */
export async function reportRun(
  run: ReportedRun,
  { input: { fleet }, hashes, setAside }: SessionInputs,
  { subject, notes }: ReportWords,
  { write }: Pick<JobTools<unknown>, "write">,
): Promise<SessionReports> {
  const aside = setAside.map(({ code, reason }) => `Plan ${code} is set aside: ${reason}`);
  const origin = { inputs: hashes, subject, notes: [...aside, ...notes] };
  const figures = await writeReports(run, fleet, { open: async (name) => write(name) }, origin);
  const costs = { before: sumOf(run.before), after: sumOf(run.after) };
  return { figures, summary: summaryOf(run, figures, origin), costs };
}

/** Micros over the SIMs; a sum of rows cannot hold the charge of a pool that nobody is in. */
function sumOf({ ownCost, poolShare }: Bill): number {
  let sum = 0;
  for (let row = 0; row < ownCost.length; row++) {
    const cost = (ownCost[row] as number) + (poolShare[row] as number);
    if (!Number.isNaN(cost)) sum += cost;
  }
  return sum;
}
