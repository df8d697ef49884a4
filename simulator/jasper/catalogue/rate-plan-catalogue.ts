import type { PlanTerms } from "./plan-terms.ts";

export interface PlanVersion {
  /** The number under which devices and the change log know it. */
  readonly code: number;
  readonly plan: RatePlan;
  /** 1, 2, … within the plan. */
  readonly number: number;
  readonly versionId: number;
  readonly terms: PlanTerms;
}

export interface RatePlan {
  readonly id: number;
  name: string;
  published: boolean;
  /** Several accounts may use it; the bulk usage route refuses such a plan. */
  readonly shared: boolean;
  /** Part of the contract that the plans file describes. */
  readonly contract: boolean;
  readonly versions: PlanVersion[];
}

/** The operator's rate plans and their versions. */
export class RatePlanCatalogue {
  readonly plans: RatePlan[] = [];
  readonly #versions: PlanVersion[] = [];
  readonly #byName = new Map<string, RatePlan>();

  add(
    name: string,
    terms: PlanTerms,
    flags: { shared?: boolean; contract?: boolean; published?: boolean } = {},
  ): RatePlan {
    const plan: RatePlan = {
      id: 4100 + this.plans.length,
      name,
      published: flags.published ?? true,
      shared: flags.shared ?? false,
      contract: flags.contract ?? false,
      versions: [],
    };
    if (this.#byName.has(name)) throw new RangeError(`Two rate plans are named "${name}".`);
    this.plans.push(plan);
    this.#byName.set(name, plan);
    this.addVersion(plan, terms);
    return plan;
  }

  addVersion(plan: RatePlan, terms: PlanTerms): PlanVersion {
    const code = this.#versions.length;
    const version = { code, plan, number: plan.versions.length + 1, versionId: 90_000 + code, terms };
    this.#versions.push(version);
    plan.versions.push(version);
    return version;
  }

  rename(plan: RatePlan, name: string): void {
    if (this.#byName.has(name)) throw new RangeError(`A rate plan is already named "${name}".`);
    this.#byName.delete(plan.name);
    plan.name = name;
    this.#byName.set(name, plan);
  }

  named(name: string): RatePlan | undefined {
    return this.#byName.get(name);
  }

  version(code: number): PlanVersion {
    const version = this.#versions[code];
    if (version === undefined) throw new RangeError(`There is no rate plan version ${code}.`);
    return version;
  }
}

export function latestVersion(plan: RatePlan): PlanVersion {
  const version = plan.versions.at(-1);
  if (version === undefined) throw new RangeError(`The rate plan "${plan.name}" has no version.`);
  return version;
}
