import type { PlanTerms } from "./plan-terms.ts";
import { isPooled } from "./plan-terms.ts";
import type { PlanVersion } from "./rate-plan-catalogue.ts";

const TYPE_NAMES: Readonly<Record<PlanTerms["kind"], string>> = {
  individual: "Monthly Individual",
  "flexible-pool": "Monthly Flexible Pool",
  "fixed-pool": "Monthly Fixed Pool",
  tiered: "Monthly Individual Tiered",
  unlimited: "Monthly Individual",
  prepaid: "Prepaid Individual",
  event: "Event",
};

/** A plan version as GET /rateplans shows it: prices as numbers, truth values and limits as text. */
export function toRatePlanBody(version: PlanVersion, accountId: number): Record<string, unknown> {
  const { plan, terms } = version;
  return {
    id: plan.id,
    name: plan.name,
    accountId: plan.shared ? null : String(accountId),
    accountName: plan.shared ? null : "Simulated Enterprise",
    version: version.number,
    versionId: version.versionId,
    status: "Published",
    type: TYPE_NAMES[terms.kind],
    subscriptionCharge: Number(terms.kind === "fixed-pool" ? terms.accountCharge : terms.subscriptionCharge),
    subscriptionChargeUnit: terms.kind === "fixed-pool" ? "per account" : "per subscriber",
    lengthOfTerm: terms.lengthOfTermMonths,
    numberOfTiers: Math.max(1, terms.tiers.length),
    tierTreatment: terms.tierTreatment === "ALL" ? "All subscribers" : "Marginal",
    expireTermBasedOnUsage: "false",
    tiers: subscriptionTiers(terms),
    zones: {
      reportOverageAsRoaming: Object.fromEntries(
        terms.zones.map((zone, i) => [zone, i > 0 ? "true" : "false"]),
      ),
    },
    dataUsage: dataUsage(terms),
    smsUsage: smsUsage(terms, version.number),
    voiceUsage: { useDefaultRating: "true", poolVoiceUsage: "false", zones: {} },
  };
}

function subscriptionTiers(terms: PlanTerms): unknown[] {
  if (terms.tiers.length === 0) {
    const perSubscriberCharge = Number(terms.subscriptionCharge);
    return [{ tierLevel: 1, subscriberThreshold: 0, subscriberCapacity: "unlimited", perSubscriberCharge }];
  }
  return terms.tiers.map((tier, i) => ({
    tierLevel: i + 1,
    subscriberThreshold: tier.subscriberThreshold,
    subscriberCapacity: terms.tiers[i + 1]?.subscriberThreshold ?? "unlimited",
    perSubscriberCharge: Number(tier.perSubscriberCharge),
  }));
}

function dataUsage(terms: PlanTerms): Record<string, unknown> {
  const zone = (i: number): Record<string, unknown> => ({
    includedData: i > 0 ? 0 : terms.includedMb === "unlimited" ? "unlimited" : Number(terms.includedMb),
    includedDataUnit: "MB",
    zoneUsageLimitUnit: terms.capped ? "MB" : null,
    bulkOverageEnabled: String(terms.overage?.bulk ?? false),
    useTheseDataRoundingSettingsForAllZones: "true",
    dataRoundingUnit: terms.roundingKb === 0 ? "bytes" : `${terms.roundingKb} KB`,
    dataRoundingFrequency: `per ${terms.roundingPer.toLowerCase()}`,
    tiers: overageTiers(terms),
  });
  return {
    useDefaultRating: "false",
    usageLimitUnit: terms.capped ? "MB" : null,
    poolDataUsage: String(isPooled(terms)),
    zones: Object.fromEntries(terms.zones.map((name, i) => [name, zone(i)])),
  };
}

function overageTiers(terms: PlanTerms): unknown[] {
  const { overage } = terms;
  if (overage === undefined) return [];
  const steps = [{ subscribersMoreThan: 0, price: overage.price }, ...overage.tiers];
  return steps.map((step, i) => ({
    tierLevel: i + 1,
    subscribersMoreThan: String(step.subscribersMoreThan),
    subscribersUpTo: String(steps[i + 1]?.subscribersMoreThan ?? "unlimited"),
    dataOverage: Number(step.price),
    dataOverageUnit: overage.unit,
  }));
}

/** Versions of a plan may differ in what messages cost. */
function smsUsage(terms: PlanTerms, version: number): Record<string, unknown> {
  return {
    useDefaultRating: "false",
    type: "MO and MT",
    moAndMtRating: "together",
    poolSMSUsage: "false",
    poolSMSMOUsage: "false",
    poolSMSMTUsage: "false",
    zones: Object.fromEntries(
      terms.zones.map((zone) => [
        zone,
        { includedSMSMO: 100, tiers: [{ tierLevel: 1, smsOverageMO: 0.01 * version }] },
      ]),
    ),
  };
}
