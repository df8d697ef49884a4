import { MAX_TOTAL_BYTES, MAX_TOTAL_MICROS } from "../billing/units.ts";
import type { ClaimedAssignment } from "./assignment-lines.ts";
import type { Certificate } from "./certificate.ts";
import { INPUT_NAMES } from "./certificate.ts";
import { checkGap } from "./check-gap.ts";
import type { CheckInputs } from "./check-inputs.ts";
import { checkLattice } from "./check-lattice.ts";
import { checkCosts, checkPlans } from "./check-lines.ts";
import type { ExactBill } from "./exact-bill.ts";
import { exactBill } from "./exact-bill.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import { exactFleet } from "./exact-fleet.ts";
import {
  ATTO_PLACES,
  GRAINS_PER_ATTO,
  GRAINS_PER_MICRO,
  MICRO_PLACES,
  decimalText,
  quotientDown,
  quotientUp,
} from "./exact.ts";
import type { Limits } from "./limits.ts";
import { checkLimits, limitsOf } from "./limits.ts";
import { Reasons, quoted } from "./reasons.ts";
import { resolveProof } from "./resolve-proof.ts";
import { walkProof } from "./walk-proof.ts";

/** What the checker came to by itself. Money as decimals in currency. */
export interface RecomputedFigures {
  readonly devices: number;
  /** SIMs that are in the bill. */
  readonly billedDevices: number;
  /** Rows of the devices file that could not be read; no SIM of theirs is in the bill. */
  readonly quarantined?: number;
  readonly baseline?: string;
  readonly bill?: string;
  /** Switching costs and minimum savings of the changes made. */
  readonly penalties?: string;
  readonly changes?: number;
  /** What the proof proves, rounded down to 10^-18, after the lattice. */
  readonly bound?: string;
  readonly leaves?: number;
  readonly emptyLeaves?: number;
}

/** Whether a certificate holds; if not, the first 20 reasons, the most basic first, and how many there are. */
export interface VerificationResult {
  readonly holds: boolean;
  readonly reasons: readonly string[];
  readonly reasonCount: number;
  readonly figures: RecomputedFigures;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Checks an assignment and a certificate against the inputs, by the rules of `docs/certificate.md` and in exact
 * numbers alone. A lower bound than the proof proves is a true claim and holds.
 * O(rows log rows + leaves · rows · plans).
 * @throws PoolwiseError `input-invalid` where a SIM is on a plan that the tariff does not have.
 */
export function verifyCertificate(
  inputs: CheckInputs,
  assignment: ClaimedAssignment,
  certificate: Certificate,
): VerificationResult {
  const reasons = new Reasons();
  const figures: Mutable<RecomputedFigures> = {
    devices: inputs.fleet.size,
    billedDevices: 0,
    quarantined: inputs.quarantined.length,
  };
  checkOrigin(inputs, certificate, reasons);
  if (reasons.count === 0) {
    const fleet = exactFleet(inputs, certificate.settings);
    for (let row = 0; row < fleet.size; row++) if (fleet.inBill(row)) figures.billedDevices++;
    const limits = limitsOf(fleet, certificate.settings);
    const total = checkAssignment(fleet, limits, assignment, certificate, reasons, figures);
    checkBound(fleet, limits, certificate, total, reasons, figures);
  }
  return { holds: reasons.count === 0, reasons: reasons.list, reasonCount: reasons.count, figures };
}

/** The certificate is about these files, and the tariff was read with its settings. */
function checkOrigin(inputs: CheckInputs, { inputs: hashes, settings }: Certificate, reasons: Reasons): void {
  for (const name of INPUT_NAMES) {
    const claimed = hashes[name];
    const got = inputs.hashes[name];
    if (claimed === got) continue;
    if (claimed === undefined) reasons.add(`A ${name} file was given; the certificate was made without one.`);
    else if (got === undefined)
      reasons.add(`The certificate was made with a ${name} file, which was not given.`);
    else reasons.add(`The ${name} file has SHA-256 ${got}; the certificate was made with ${claimed}.`);
  }
  if (settings.currency !== inputs.tariff.currency) {
    reasons.add(
      `settings.currency is ${settings.currency}; the inputs were read as ${inputs.tariff.currency}.`,
    );
  }
  if (settings.period !== undefined && settings.period.days !== inputs.tariff.cycleDays) {
    reasons.add(
      `settings.period has ${settings.period.days} days; the inputs were read with ${inputs.tariff.cycleDays ?? "none"}.`,
    );
  }
  const prorated = inputs.tariff.plans.find((plan) => plan.proration !== "full");
  if (settings.period === undefined && prorated !== undefined) {
    reasons.add(`Plan ${quoted(prorated.code)} is prorated, which needs settings.period; it is null.`);
  }
  if (!settings.quarantine && inputs.setAside.size > 0) {
    reasons.add(`${inputs.setAside.size} invalid plans were set aside, but settings.quarantine is false.`);
  }
}

/** Checks everything about the assignment; bill + penalties in micros, where they could be computed. */
function checkAssignment(
  fleet: ExactFleet,
  limits: Limits,
  assignment: ClaimedAssignment,
  certificate: Certificate,
  reasons: Reasons,
  figures: Mutable<RecomputedFigures>,
): bigint | undefined {
  const before = exactBill(fleet, fleet.current);
  figures.baseline = decimalText(before.total, MICRO_PLACES);
  reasons.take(assignment.reasons);
  checkPlans(fleet, assignment, reasons);
  if (assignment.plan.some((plan) => plan >= fleet.plans.length)) return undefined;
  checkLimits(fleet, limits, assignment.plan, reasons);
  const after = exactBill(fleet, assignment.plan);
  figures.bill = decimalText(after.total, MICRO_PLACES);
  if (after.total !== certificate.bill) {
    reasons.add(
      `bill is ${decimalText(certificate.bill, MICRO_PLACES)}; the assignment comes to ${figures.bill}.`,
    );
  }
  if (staysInBounds(before, reasons) && staysInBounds(after, reasons)) {
    checkCosts(fleet, assignment, before, after, reasons);
  }
  let penalties = 0n;
  figures.changes = 0;
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row) || assignment.plan[row] === fleet.current[row]) continue;
    figures.changes++;
    penalties += fleet.penalty(row);
  }
  figures.penalties = decimalText(penalties, MICRO_PLACES);
  return after.total + penalties;
}

/** Amounts and usages are within the documented bounds, so that shares fit 64 bits. */
function staysInBounds(bill: ExactBill, reasons: Reasons): boolean {
  const large = bill.pools.some((pool) => pool.usage > BigInt(MAX_TOTAL_BYTES));
  if (bill.total <= BigInt(MAX_TOTAL_MICROS) && !large) return true;
  reasons.add("The bill is past 2^53 millionths of the currency, or a pool's usage past 2^53 bytes.");
  return false;
}

/** Checks lattice, proof, bound and gap. `total` is bill + penalties in micros, where it is known. */
function checkBound(
  fleet: ExactFleet,
  limits: Limits,
  certificate: Certificate,
  total: bigint | undefined,
  reasons: Reasons,
  figures: Mutable<RecomputedFigures>,
): void {
  const { lattice, bound } = certificate;
  const isFeasible = reasons.count === 0;
  if (lattice !== undefined) checkLattice(fleet, lattice, reasons);
  if (total !== undefined) {
    const totalAttos = (total * GRAINS_PER_MICRO) / GRAINS_PER_ATTO;
    if (bound > totalAttos) {
      reasons.add(
        `bound is ${decimalText(bound, ATTO_PLACES)}, above bill + penalties, ${decimalText(total, MICRO_PLACES)}.`,
      );
    }
    checkGap(certificate.gap, totalAttos, bound, reasons);
  }
  const steps = resolveProof(certificate.proof, fleet, limits, reasons);
  const proven = steps && walkProof(steps, fleet, limits, reasons);
  if (proven === undefined) return;
  figures.leaves = proven.leaves;
  figures.emptyLeaves = proven.emptyLeaves;
  if (proven.bound === undefined) {
    reasons.add("Every leaf of the proof is empty: it says that no assignment keeps the limits.");
    return;
  }
  const step = (lattice ?? 0n) * GRAINS_PER_MICRO;
  const latticeBound = step === 0n ? proven.bound : quotientUp(proven.bound, step) * step;
  figures.bound = decimalText(quotientDown(latticeBound, GRAINS_PER_ATTO), ATTO_PLACES);
  if (bound * GRAINS_PER_ATTO > latticeBound) {
    reasons.add(`bound is ${decimalText(bound, ATTO_PLACES)}; the proof comes to ${figures.bound}.`);
  }
  if (isFeasible && total !== undefined && proven.bound > total * GRAINS_PER_MICRO) {
    reasons.add(
      `The proof comes to ${figures.bound}, above an assignment that keeps every limit, ${decimalText(total, MICRO_PLACES)}: this is a fault of the checker.`,
    );
  }
}
