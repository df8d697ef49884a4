import type { z } from "zod";
import type {
  CarrierChange,
  CarrierDevice,
  CarrierPlanZone,
  CarrierRatePlan,
  CycleUsage,
  DeviceDetails,
  DeviceUsage,
  PlanUsageRow,
  RejectedRow,
} from "../../ports/carrier.ts";
import type {
  ApiAuditRecord,
  ApiCycleToDate,
  ApiDeviceDetails,
  ApiDeviceRow,
  ApiPlanUsageRow,
  ApiRatePlan,
  ApiUsageInZone,
} from "./api-types.ts";
import { fromApiIccid } from "./iccid.ts";
import type { IccidForm } from "./iccid.ts";
import { clip } from "./quirks.ts";

export type Mapped<T> = { readonly value: T } | { readonly reason: string };

export interface MappedRows<T> {
  readonly rows: readonly T[];
  readonly rejected: readonly RejectedRow[];
}

/** Reads the rows of a page one by one; what cannot be used is rejected with its reason. */
export function mapRows<Schema extends z.ZodType, T>(
  rows: readonly unknown[],
  place: string,
  schema: Schema,
  map: (row: z.output<Schema>) => Mapped<T>,
): MappedRows<T> {
  const mapped: T[] = [];
  const rejected: RejectedRow[] = [];
  rows.forEach((row, index) => {
    const parsed = schema.safeParse(row);
    const result = parsed.success
      ? map(parsed.data)
      : {
          reason: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
        };
    if ("value" in result) mapped.push(result.value);
    else
      rejected.push({
        place: `${place} row ${index + 1}`,
        iccid: clip(identityOf(row), 40),
        reason: clip(result.reason),
      });
  });
  return { rows: mapped, rejected };
}

function identityOf(row: unknown): string {
  if (typeof row !== "object" || row === null) return "";
  for (const [key, value] of Object.entries(row)) {
    if (/^(iccid|deviceid|name)$/i.test(key) && (typeof value === "string" || typeof value === "number"))
      return String(value);
  }
  return "";
}

export function fromApiDevice(row: ApiDeviceRow, form: IccidForm): Mapped<CarrierDevice> {
  const read = fromApiIccid(row.iccid, form);
  if (read.iccid === undefined) return read;
  const status = row.status.trim().toUpperCase();
  return {
    value: { iccid: read.iccid, status, ratePlan: row.ratePlan, communicationPlan: row.communicationPlan },
  };
}

export function fromApiDetails(row: ApiDeviceDetails, form: IccidForm): Mapped<DeviceDetails> {
  const device = fromApiDevice(row, form);
  if (!("value" in device)) return device;
  const { dateUpdated, dateActivated, dateAdded, accountId } = row;
  return {
    value: {
      ...device.value,
      dateUpdated,
      dateActivated,
      dateAdded,
      accountId: accountId === "" ? undefined : accountId,
    },
  };
}

export function fromApiCycleToDate(row: ApiCycleToDate, form: IccidForm): Mapped<DeviceUsage> {
  const read = fromApiIccid(row.iccid, form);
  if (read.iccid === undefined) return read;
  return {
    value: {
      iccid: read.iccid,
      ratePlan: row.ratePlan,
      bytes: row.ctdDataUsage,
      sms: row.ctdSMSUsage,
      voiceSeconds: row.ctdVoiceUsage,
      overageLimitReached: row.overageLimitReached ?? undefined,
    },
  };
}

/** `where` tells zones apart that the carrier does not name. */
export function fromApiPlanUsage(
  row: ApiPlanUsageRow,
  plan: { name: string; version: string },
  where: string,
  form: IccidForm,
): Mapped<PlanUsageRow> {
  const read = fromApiIccid(row.deviceId === "" ? row.iccid : row.deviceId, form);
  if (read.iccid === undefined) return read;
  const unit = row.usage?.dataUsageUnit ?? "";
  if (!isBytes(unit)) return { reason: `usage in bytes is expected, not in ${unit}` };
  return {
    value: {
      iccid: read.iccid,
      ratePlan: plan.name,
      version: plan.version,
      zone: where,
      bytes: row.usage?.dataUsage,
    },
  };
}

const isBytes = (unit: string): boolean => /^(bytes?)?$/i.test(unit.trim());

export function fromApiUsageInZone(answer: ApiUsageInZone, form: IccidForm): Mapped<CycleUsage> {
  const read = fromApiIccid(answer.iccid, form);
  if (read.iccid === undefined) return read;
  const rows: PlanUsageRow[] = [];
  for (const [key, zones] of answer.deviceCycleUsageInZones) {
    const named = fromApiPlanKey(key);
    for (const zone of zones) {
      if (!isBytes(zone.dataUsageUnit))
        return { reason: `usage in bytes is expected, not in ${zone.dataUsageUnit}` };
      rows.push({
        iccid: read.iccid,
        ratePlan: zone.ratePlan === "" ? named.name : zone.ratePlan,
        version: zone.ratePlanVersion === "" ? named.version : zone.ratePlanVersion,
        zone: zone.zone,
        bytes: zone.dataUsage,
      });
    }
  }
  return {
    value: { iccid: read.iccid, cycleStart: answer.cycleStartDate, cycleEnd: answer.cycleEndDate, rows },
  };
}

/** "<plan name>, <version>": the name itself may hold commas. */
function fromApiPlanKey(key: string): { name: string; version: string } {
  const comma = key.lastIndexOf(",");
  if (comma < 0) return { name: key, version: "" };
  return { name: key.slice(0, comma), version: key.slice(comma + 1).trim() };
}

export function fromApiRatePlan(plan: ApiRatePlan): Mapped<CarrierRatePlan> {
  if (plan.name === "") return { reason: "a rate plan without a name" };
  const zones = (plan.dataUsage?.zones ?? []).map(([zone, terms]): CarrierPlanZone => ({
    zone,
    includedData: terms.includedData,
    includedDataUnit: terms.includedDataUnit,
    bulkOverage: terms.bulkOverageEnabled ?? undefined,
    roundingUnit: terms.dataRoundingUnit,
    roundingFrequency: terms.dataRoundingFrequency,
    overage: terms.tiers ?? [],
  }));
  const { id, name, version, versionId, status, type, subscriptionCharge, subscriptionChargeUnit } = plan;
  const accountId = plan.accountId === "" ? undefined : plan.accountId;
  return {
    value: {
      id,
      name,
      version,
      versionId,
      status,
      type,
      subscriptionCharge,
      subscriptionChargeUnit,
      accountId,
      zones,
    },
  };
}

export function fromApiAudit(record: ApiAuditRecord): Mapped<CarrierChange> {
  const { field, priorValue, value, effectiveDate, status, userName } = record;
  return { value: { field, from: priorValue, to: value, effectiveDate, status, userName } };
}
