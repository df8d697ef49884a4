import { setTimeout as sleep } from "node:timers/promises";
import type { CallOptions, PlanChange, PlanChangeOutcome } from "../../ports/carrier.ts";
import type { CallFailure } from "../call-failure.ts";
import { apiChangeResult } from "./api-types.ts";
import { formatDay } from "./carrier-dates.ts";
import type { JasperClient } from "./client.ts";
import { toApiIccid } from "./iccid.ts";
import { clip } from "./quirks.ts";
import { listChanges, readDevice } from "./read-device.ts";

const SENDINGS = 3;

/**
 * The API has no idempotency key. "This plan, now" may be sent again once the SIM has been read back and is not on it;
 * a change for a later day is sent once.
 */
export async function changePlan(
  client: JasperClient,
  change: PlanChange,
  options: CallOptions,
): Promise<PlanChangeOutcome> {
  const iccid = toApiIccid(change.iccid, client.settings.iccidForm);
  if (iccid === undefined)
    return {
      state: "refused",
      carrierCode: undefined,
      reason: `${change.iccid} is not an ICCID of this account's form`,
    };
  const early = change.expectedPlan === undefined ? undefined : await standing(client, change, options);
  if (early !== undefined) return early;
  for (let sending = 1; ; sending++) {
    const result = await client.send({
      method: "PUT",
      route: "/devices/{iccid}",
      path: { iccid },
      body: bodyOf(client, change),
      schema: apiChangeResult,
      signal: options.signal,
    });
    if (result.ok)
      return change.effectiveDate === undefined
        ? confirm(client, change, options)
        : accepted(change, `in force from ${change.effectiveDate}`);
    const { failure } = result;
    if (failure.error.code === "carrier-refused") return refused(failure);
    if (!failure.sent || !failure.transient) throw failure.error;
    if (change.effectiveDate !== undefined) return afterUnknownLater(client, change, failure, options);
    const found = await readBack(client, change, failure, options);
    if (found !== undefined) return found;
    if (sending >= SENDINGS) return unanswered(failure);
    await sleep(client.delayMs(sending, failure.retryAfterMs), undefined, { signal: options.signal }).catch(
      () => options.signal?.throwIfAborted(),
    );
  }
}

function bodyOf(client: JasperClient, change: PlanChange): Record<string, string> {
  if (change.effectiveDate === undefined) return { ratePlan: change.ratePlan };
  return {
    ratePlan: change.ratePlan,
    effectiveDate: formatDay(change.effectiveDate, client.settings.timeZone),
  };
}

const accepted = (change: PlanChange, why: string): PlanChangeOutcome => ({
  state: "accepted",
  ratePlan: change.ratePlan,
  why,
});

function refused({ carrierCode, error }: CallFailure): PlanChangeOutcome {
  return { state: "refused", carrierCode, reason: clip(error.message, 400) };
}

/** A throttled call was surely not carried out: nothing is unknown, and the caller may queue it again. */
function unanswered(failure: CallFailure): PlanChangeOutcome {
  if (failure.refused) throw failure.error;
  return { state: "unknown", reason: clip(failure.error.message, 400) };
}

/** What makes sending needless or wrong; undefined where the SIM is still on the plan it should be moved from. */
async function standing(
  client: JasperClient,
  change: PlanChange,
  options: CallOptions,
): Promise<PlanChangeOutcome | undefined> {
  const device = await readDevice(client, change.iccid, options);
  if (device?.ratePlan === change.ratePlan) return { state: "confirmed", ratePlan: change.ratePlan };
  if (device === undefined || device.ratePlan !== change.expectedPlan)
    return { state: "superseded", found: device?.ratePlan };
  return undefined;
}

/** After a success: the carrier may show the change only later. */
async function confirm(
  client: JasperClient,
  change: PlanChange,
  options: CallOptions,
): Promise<PlanChangeOutcome> {
  try {
    const device = await readDevice(client, change.iccid, options);
    if (device?.ratePlan === change.ratePlan) return { state: "confirmed", ratePlan: change.ratePlan };
    return accepted(change, `not visible yet: the carrier still shows ${device?.ratePlan ?? "no such SIM"}`);
  } catch (error) {
    options.signal?.throwIfAborted();
    return accepted(
      change,
      `the carrier could not be asked whether it is in force: ${clip(messageOf(error), 300)}`,
    );
  }
}

/** After a sending whose answer is missing. undefined: surely not in force, and it may be sent again. */
async function readBack(
  client: JasperClient,
  change: PlanChange,
  failure: CallFailure,
  options: CallOptions,
): Promise<PlanChangeOutcome | undefined> {
  try {
    const device = await readDevice(client, change.iccid, options);
    if (device?.ratePlan === change.ratePlan) return { state: "confirmed", ratePlan: change.ratePlan };
    const moved = change.expectedPlan !== undefined && device?.ratePlan !== change.expectedPlan;
    return moved ? { state: "superseded", found: device?.ratePlan } : undefined;
  } catch (error) {
    options.signal?.throwIfAborted();
    const reason = `${clip(failure.error.message, 300)} Reading back failed too: ${clip(messageOf(error), 300)}`;
    return { state: "unknown", reason };
  }
}

/** A change for a later day stands in the audit trail until it is in force. */
async function afterUnknownLater(
  client: JasperClient,
  change: PlanChange,
  failure: CallFailure,
  options: CallOptions,
): Promise<PlanChangeOutcome> {
  if (failure.refused) throw failure.error;
  try {
    const page = await listChanges(client, { iccid: change.iccid, days: 2 }, options);
    const recorded = page?.changes.some(
      ({ field, to, effectiveDate }) =>
        isRatePlan(field) && to === change.ratePlan && isOn(effectiveDate, change, client),
    );
    if (recorded === true) return accepted(change, `in force from ${change.effectiveDate}`);
    return {
      state: "unknown",
      reason: `${clip(failure.error.message, 300)} The audit trail does not show the change.`,
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    return {
      state: "unknown",
      reason: `${clip(failure.error.message, 300)} The audit trail could not be read: ${clip(messageOf(error), 300)}`,
    };
  }
}

const isRatePlan = (field: string): boolean => field.replace(/[^a-z]/gi, "").toLowerCase() === "rateplan";

function isOn(effectiveDate: Date | undefined, change: PlanChange, client: JasperClient): boolean {
  if (effectiveDate === undefined || change.effectiveDate === undefined) return false;
  const local = new Intl.DateTimeFormat("en-CA", {
    timeZone: client.settings.timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return local.format(effectiveDate) === change.effectiveDate;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
