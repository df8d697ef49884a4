import { z } from "zod";
import { amount, decimal, decimalOrWord, flag, instant, pairs, record, text } from "./quirks.ts";

/** A failure. The code is missing where no credentials were sent, and may come as a number. */
export const apiError = record({ errorMessage: text, errorCode: text });

const paging = { pageNumber: amount, lastPage: flag };

/** Rows are read one by one, so that a bad one does not take its page along. */
export const apiDevicePage = record({ ...paging, devices: z.array(z.unknown()) });

const deviceRow = { iccid: text, status: text, ratePlan: text, communicationPlan: text };

export const apiDeviceRow = record(deviceRow);

export const apiDeviceDetails = record({
  ...deviceRow,
  accountId: text,
  dateActivated: instant,
  dateAdded: instant,
  dateUpdated: instant,
});

export const apiCycleToDate = record({
  iccid: text,
  ratePlan: text,
  ctdDataUsage: amount,
  ctdSMSUsage: amount,
  ctdVoiceUsage: amount,
  overageLimitReached: flag.nullish(),
});

/** Keyed "<plan name>, <version>", each a list of zones. */
export const apiUsageInZone = record({
  iccid: text,
  cycleStartDate: instant,
  cycleEndDate: instant,
  deviceCycleUsageInZones: pairs(
    z.array(
      record({ ratePlan: text, ratePlanVersion: text, zone: text, dataUsage: amount, dataUsageUnit: text }),
    ),
  ),
});

const planUsage = z.array(z.unknown()).nullish();

export const apiUsagePage = record({
  pageNumber: amount,
  lastPage: flag,
  zones: z.array(record({ zone: text, zoneName: text, name: text, devices: planUsage })).nullish(),
});

export const apiPlanUsageRow = record({
  deviceId: text,
  iccid: text,
  usage: record({ dataUsage: amount, dataUsageUnit: text }).nullish(),
});

export const apiRatePlanPage = record({ ...paging, ratePlans: z.array(z.unknown()) });

const overageTier = record({
  subscribersMoreThan: text,
  subscribersUpTo: text,
  dataOverage: decimal,
  dataOverageUnit: text,
});

const planZone = record({
  includedData: decimalOrWord,
  includedDataUnit: text,
  bulkOverageEnabled: flag.nullish(),
  dataRoundingUnit: text,
  dataRoundingFrequency: text,
  tiers: z.array(overageTier).nullish(),
});

export const apiRatePlan = record({
  id: text,
  name: text,
  accountId: text,
  version: text,
  versionId: text,
  status: text,
  type: text,
  subscriptionCharge: decimal,
  subscriptionChargeUnit: text,
  dataUsage: record({ zones: pairs(planZone).nullish() }).nullish(),
});

export const apiAuditPage = record({ ...paging, deviceAuditTrails: z.array(z.unknown()) });

export const apiAuditRecord = record({
  field: text,
  priorValue: text,
  value: text,
  effectiveDate: instant,
  status: text,
  userName: text,
});

export const apiChangeResult = record({ iccid: text });

export type ApiDeviceRow = z.output<typeof apiDeviceRow>;
export type ApiDeviceDetails = z.output<typeof apiDeviceDetails>;
export type ApiCycleToDate = z.output<typeof apiCycleToDate>;
export type ApiUsageInZone = z.output<typeof apiUsageInZone>;
export type ApiUsagePage = z.output<typeof apiUsagePage>;
export type ApiPlanUsageRow = z.output<typeof apiPlanUsageRow>;
export type ApiRatePlan = z.output<typeof apiRatePlan>;
export type ApiAuditRecord = z.output<typeof apiAuditRecord>;
