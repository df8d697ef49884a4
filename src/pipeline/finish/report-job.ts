import type { JobTools } from "../compute/perform-job.ts";
import type { InputTexts } from "../inputs/session-inputs.ts";
import { parseInputs } from "../inputs/session-inputs.ts";
import type { UnitResult } from "../optimize/unit-result.ts";
import { disagrees } from "./disagrees.ts";
import { readPlans } from "./recommended-plans.ts";
import type { ReportWords, SessionReports } from "./report-run.ts";
import { reportRun } from "./report-run.ts";
import { restoreRun } from "./restore-run.ts";

/**
 * Write a session's reports, by their names, from what is stored. Reads `devices` and `plans`, the recommended
 * rate_plan_id of each SIM in the order of the devices.
 */
export interface ReportJob extends ReportWords {
  readonly kind: "report";
  readonly sessionId: string;
  readonly texts: InputTexts;
  readonly unit: UnitResult;
}

export async function reportSession(job: ReportJob, tools: JobTools<SessionReports>): Promise<void> {
  const inputs = await parseInputs(job.texts, tools.read("devices"));
  for (const [name, sha256] of Object.entries(inputs.hashes))
    if (job.unit.inputs[name] !== sha256)
      throw disagrees(job.sessionId, `the ${name} file is not the one that was optimised`);
  const recommended = await readPlans(tools.read("plans"), inputs);
  const run = restoreRun(job.sessionId, job.unit, inputs, recommended);
  tools.result(await reportRun(run, inputs, job, tools));
}
