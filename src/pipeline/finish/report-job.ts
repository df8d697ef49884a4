import type { ReportFigures } from "../../reports/figures.ts";
import { summaryOf } from "../../reports/summary-json.ts";
import { writeReports } from "../../reports/write-reports.ts";
import type { JobTools } from "../compute/perform-job.ts";
import type { InputTexts } from "../inputs/session-inputs.ts";
import { parseInputs } from "../inputs/session-inputs.ts";
import type { UnitResult } from "../optimize/unit-result.ts";
import { disagrees } from "./disagrees.ts";
import { readPlans } from "./recommended-plans.ts";
import { restoreRun } from "./restore-run.ts";

/**
 * Write a session's reports, by their names, from what is stored. Reads `devices` and `plans`, the recommended
 * rate_plan_id of each SIM in the order of the devices.
 */
export interface ReportJob {
  readonly kind: "report";
  readonly sessionId: string;
  readonly texts: InputTexts;
  readonly unit: UnitResult;
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

export async function reportSession(job: ReportJob, tools: JobTools<SessionReports>): Promise<void> {
  const inputs = await parseInputs(job.texts, tools.read("devices"));
  for (const [name, sha256] of Object.entries(inputs.hashes))
    if (job.unit.inputs[name] !== sha256)
      throw disagrees(job.sessionId, `the ${name} file is not the one that was optimised`);
  const recommended = await readPlans(tools.read("plans"), inputs);
  const { run, costs } = restoreRun(job.sessionId, job.unit, inputs, recommended);
  const aside = inputs.setAside.map(({ code, reason }) => `Plan ${code} is set aside: ${reason}`);
  const origin = { inputs: inputs.hashes, subject: job.subject, notes: [...aside, ...job.notes] };
  const { fleet } = inputs.input;
  const figures = await writeReports(run, fleet, { open: async (name) => tools.write(name) }, origin);
  tools.result({ figures, summary: summaryOf(run, figures, origin), costs });
}
