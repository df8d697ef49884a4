import { blockOverage, planTerms } from "./plan-terms.ts";
import type { PlanTerms } from "./plan-terms.ts";

export interface ContractPlan {
  readonly name: string;
  readonly terms: PlanTerms;
  readonly published?: false;
}

const TWO_ZONES = ["Home", "Roaming EU"];

/** The plans of the contract. The fixed pool is sized for the fleet; all other prices are for each SIM. */
export function contractPlans(devices: number): ContractPlan[] {
  return [
    individual("Monthly Individual 100KB", "0.30", "0.1", {
      overage: blockOverage("0.0015", "KB"),
      roundingKb: 1,
    }),
    individual("Telemetry Capped 2MB, EU", "0.68", "2", { capped: true, roundingKb: 1 }),
    flexible("MON-FLEX 1MB", "0.52", "1", "0.45"),
    flexible("MON-FLEX 3MB", "0.85", "3", "0.38"),
    flexible("MON-FLEX 10MB", "1.75", "10", "0.30"),
    flexible("MON-FLEX 50MB", "3.60", "50", "0.12", { zones: TWO_ZONES, regulatoryFee: "0.02" }),
    flexible("MON-FLEX 300MB", "6.50", "300", "0.05", { zones: TWO_ZONES, regulatoryFee: "0.02" }),
    flexible("MON-FLEX 1GB Zürich", "11.00", "1024", "0.03", { zones: TWO_ZONES }),
    flexible("MON-FLEX 5GB", "24.00", "5120", "12.00", {
      zones: TWO_ZONES,
      overage: blockOverage("12.00", "GB"),
    }),
    fixedPool(devices),
    {
      name: "Monthly Unlimited Video",
      terms: planTerms({ kind: "unlimited", subscriptionCharge: "59.00", includedMb: "unlimited" }),
    },
    {
      ...individual("Legacy 3G 5MB", "2.90", "5", { overage: blockOverage("1.00") }),
      published: false,
    },
  ];
}

function individual(
  name: string,
  charge: string,
  includedMb: string,
  more: Partial<PlanTerms>,
): ContractPlan {
  return { name, terms: planTerms({ kind: "individual", subscriptionCharge: charge, includedMb, ...more }) };
}

function flexible(
  name: string,
  charge: string,
  includedMb: string,
  pricePerMb: string,
  more: Partial<PlanTerms> = {},
): ContractPlan {
  const terms = { subscriptionCharge: charge, includedMb, overage: blockOverage(pricePerMb), ...more };
  return { name, terms: planTerms({ kind: "flexible-pool", ...terms }) };
}

function fixedPool(devices: number): ContractPlan {
  return {
    name: "Monthly Fixed Pool Metering",
    terms: planTerms({
      kind: "fixed-pool",
      subscriptionCharge: "0.34",
      accountCharge: ((devices * 3) / 100).toFixed(2),
      includedMb: String(Math.ceil(devices / 10)),
      overage: blockOverage("0.42"),
      roundingKb: 1,
    }),
  };
}

/** Communication plans, and the rate plans that are sold with each. `Lab` is in no list: its SIMs stay put. */
export const ELIGIBILITY: Readonly<Record<string, readonly string[]>> = {
  "NB-IoT Metering": [
    "Monthly Individual 100KB",
    "Telemetry Capped 2MB, EU",
    "MON-FLEX 1MB",
    "MON-FLEX 3MB",
    "Monthly Fixed Pool Metering",
  ],
  "LTE-M Telematics": ["MON-FLEX 1MB", "MON-FLEX 3MB", "MON-FLEX 10MB", "MON-FLEX 50MB"],
  "LTE Broadband": [
    "MON-FLEX 10MB",
    "MON-FLEX 50MB",
    "MON-FLEX 300MB",
    "MON-FLEX 1GB Zürich",
    "MON-FLEX 5GB",
  ],
  "LTE Video": ["MON-FLEX 300MB", "MON-FLEX 1GB Zürich", "MON-FLEX 5GB", "Monthly Unlimited Video"],
  "Legacy 3G": ["MON-FLEX 1MB", "MON-FLEX 3MB", "MON-FLEX 10MB", "Legacy 3G 5MB"],
  Lab: [],
};

export const COMMUNICATION_PLANS: readonly string[] = Object.keys(ELIGIBILITY);
