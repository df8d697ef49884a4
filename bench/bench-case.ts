import type { Fleet, Terms } from "../src/billing/fleet.ts";
import type { Eligibility, Tariff } from "../src/billing/rate-plan.ts";

/** One instance of the benchmark: everything that `optimize` would read from files. */
export interface BenchCase {
  readonly fleet: Fleet;
  readonly tariff: Tariff;
  readonly eligibility: Eligibility;
  readonly terms: Terms;
}

/** A kind of instance, at any size. Same size and seed, same instance, to the byte. */
export interface Family {
  readonly name: string;
  /** One line for the tables. */
  readonly about: string;
  readonly build: (size: number, seed?: number) => BenchCase;
}
