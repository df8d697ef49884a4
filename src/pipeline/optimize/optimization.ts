import type { Eligibility } from "../../billing/rate-plan.ts";
import type { ProofNode } from "../../optimizer/solution.ts";
import type { Certified, ReportedRun } from "../../reports/reported-run.ts";
import type { PlannedGroup } from "./communication-groups.ts";

/** A claim of the certified solver with the proof that a certificate holds. */
export interface ProvenClaim extends Certified {
  readonly proof: ProofNode;
  /** Row of the fleet for each SIM index of the proof. */
  readonly rows: Uint32Array;
}

/** The result of one run over a fleet: what reports, certificates and sessions are made of. */
export interface Optimization extends ReportedRun {
  readonly eligibility: Eligibility;
  /** undefined where the certified solver was not asked for. */
  readonly certified: ProvenClaim | undefined;
  readonly groups: readonly PlannedGroup[];
}
