import type { Fleet } from "../billing/fleet.ts";
import type { Eligibility, Tariff } from "../billing/rate-plan.ts";
import type { InputHashes } from "./certificate.ts";

/** What a certificate is checked against: the inputs as they were read, and the SHA-256 of each file. */
export interface CheckInputs {
  readonly fleet: Fleet;
  readonly tariff: Tariff;
  /** undefined where no eligibility file was given. */
  readonly eligibility: Eligibility;
  /** Plan indices that were set aside as invalid. */
  readonly setAside: ReadonlySet<number>;
  /** One ICCID cell per row of the devices file that was quarantined; the assignment may have a line for each. */
  readonly quarantined: readonly string[];
  readonly hashes: InputHashes;
}
