import type { Answer } from "./answer.ts";

/** The error catalogue: code, HTTP status, and the text where a live one is known or else one like it. */
export const CARRIER_ERRORS = {
  "10000001": [401, "Invalid credentials"],
  "10000002": [400, "AccountId is required."],
  "10000003": [400, "ModifiedSince is required."],
  "10000004": [400, "AccountId is invalid."],
  "10000005": [400, "SIM status is invalid."],
  "10000006": [400, "Page size is invalid."],
  "10000007": [400, "Page number is invalid."],
  "10000008": [400, "Your role may not edit operator custom fields."],
  "10000009": [400, "Your role may not edit account custom fields."],
  "10000010": [400, "Your role may not edit customer custom fields."],
  "10000011": [400, "Required field(s) missing."],
  "10000012": [400, "Date format is invalid."],
  "10000013": [400, "Rate plan is invalid."],
  "10000014": [400, "Communication plan is invalid."],
  "10000015": [400, "Customer is invalid."],
  "10000016": [400, "Overage limit override is invalid."],
  "10000021": [400, "ICCID is invalid."],
  "10000022": [400, "From date is required."],
  "10000023": [400, "JSON is malformed."],
  "10000024": [400, "API version is invalid."],
  "10000025": [400, "Device ID not found."],
  "10000026": [400, "Modem ID not found."],
  "10000027": [400, "To date is before from date."],
  "10000028": [400, "Unrecognised parameter(s)."],
  "10000029": [400, "Device cannot be moved to a pre-activation status."],
  "10000030": [403, "Your role does not have access to this API."],
  "10000031": [400, "Zone is invalid."],
  "10000032": [400, "CycleStartDate is not the start of one of the last three billing cycles."],
  "10000045": [400, "ModifiedSince is older than one year."],
  "10000049": [400, "DaysOfHistory must not be more than 365."],
  "10000062": [403, "You do not have access to this account's data."],
  "10000079": [403, "Your account does not have access to this API."],
  "10000080": [403, "API access is forbidden."],
  "10002119": [400, "ModifiedSince is in the future."],
  "20000001": [404, "Resource not found - Invalid ICCID."],
  "20000003": [404, "Resource not found - Account."],
  "30000001": [500, "Unknown server error."],
  "30000002": [500, "Failed to submit to the SMSC."],
  "40000029": [400, "Rate Limit Exceeded"],
} as const satisfies Record<string, readonly [number, string]>;

export type CarrierErrorCode = keyof typeof CARRIER_ERRORS;

/** A refusal that ends the handling of a call. */
export class CarrierRefusal extends Error {
  readonly code: CarrierErrorCode;

  constructor(code: CarrierErrorCode, message: string = CARRIER_ERRORS[code][1]) {
    super(message);
    this.code = code;
  }
}

export function refuse(code: CarrierErrorCode, message?: string): never {
  throw new CarrierRefusal(code, message);
}

export function refusal(
  code: CarrierErrorCode,
  message: string = CARRIER_ERRORS[code][1],
  status?: number,
): Answer {
  return {
    kind: "json",
    status: status ?? CARRIER_ERRORS[code][0],
    body: { errorMessage: message, errorCode: code },
  };
}
