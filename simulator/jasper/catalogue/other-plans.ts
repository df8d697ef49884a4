import { blockOverage, planTerms } from "./plan-terms.ts";
import type { RatePlanCatalogue } from "./rate-plan-catalogue.ts";

export const UNUSUAL_PLANS = ["Monthly Tiered Fleet", "Prepaid Annual 60MB"] as const;

/** Published plans outside the contract: other kinds, a plan shared by several accounts, and enough to fill pages. */
export function addOtherPlans(catalogue: RatePlanCatalogue, fillers: number): void {
  catalogue.add(
    "Monthly Tiered Fleet",
    planTerms({
      kind: "tiered",
      subscriptionCharge: "2.00",
      includedMb: "5",
      overage: {
        price: "0.60",
        unit: "MB",
        bulk: false,
        tiers: [{ subscribersMoreThan: 1000, price: "0.45" }],
      },
      tiers: [
        { subscriberThreshold: 0, perSubscriberCharge: "2.00" },
        { subscriberThreshold: 500, perSubscriberCharge: "1.80" },
        { subscriberThreshold: 5000, perSubscriberCharge: "1.50" },
      ],
      tierTreatment: "MARGINAL",
    }),
  );
  catalogue.add(
    "Prepaid Annual 60MB",
    planTerms({
      kind: "prepaid",
      subscriptionCharge: "9.60",
      includedMb: "60",
      overage: blockOverage("0.40"),
      lengthOfTermMonths: 12,
    }),
  );
  catalogue.add(
    "Event Pass 1GB",
    planTerms({ kind: "event", subscriptionCharge: "4.00", includedMb: "1024" }),
  );
  catalogue.add(
    "Group Shared 10MB",
    planTerms({
      kind: "flexible-pool",
      subscriptionCharge: "1.70",
      includedMb: "10",
      overage: blockOverage("0.30"),
    }),
    { shared: true },
  );
  for (let i = 1; i <= fillers; i++) {
    catalogue.add(
      `Regional ${String(i).padStart(3, "0")} ${i * 5}MB`,
      planTerms({
        kind: i % 2 === 0 ? "individual" : "flexible-pool",
        subscriptionCharge: (2 + i * 0.15).toFixed(2),
        includedMb: String(i * 5),
        overage: blockOverage("0.50"),
        zones: i % 3 === 0 ? ["Home", "Roaming EU", "Rest of world"] : ["Home"],
      }),
    );
  }
}
