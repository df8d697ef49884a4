/** The codes a decision hangs on. */
export const CARRIER_CODE = {
  credentials: "10000001",
  ratePlanInvalid: "10000013",
  rateLimit: "40000029",
  iccidNotFound: "20000001",
} as const;

/** The account or the user may not use the route at all, whatever SIM or plan is asked for. */
const NO_ACCESS: ReadonlySet<string> = new Set(["10000030", "10000062", "10000079", "10000080"]);

export const isNoAccess = (code: string | undefined): boolean => code !== undefined && NO_ACCESS.has(code);

/** Codes that say our request is malformed, which no other route cures. */
const OUR_FAULT: ReadonlySet<string> = new Set([
  "10000006",
  "10000007",
  "10000012",
  "10000023",
  "10000024",
  "10000028",
  "10000032",
]);

export const isOurFault = (code: string | undefined): boolean => code !== undefined && OUR_FAULT.has(code);

const MENDS: Readonly<Record<string, string>> = {
  "10000004": "Check the account id of this carrier account.",
  "10000006": "Set the page size to what the tenant allows, at most 50.",
  "10000012": "The tenant wants another date format: change the setting for dates.",
  "10000013":
    "The rate plan is not known to the carrier, not published, or not allowed for this SIM: compare its name with `plans list`.",
  "10000024": "The base URL names an API version that the carrier does not offer: it should end in /v1.",
  "10000029": "The SIM cannot go back to a state before its activation.",
  "10000030": "The user's role may not use this call: ask the carrier for a role that may.",
  "10000032": "Only the current billing cycle and the two before it can be asked for.",
  "10000045": "The tenant looks back one year at most: set the look-back to 364 days.",
  "10000062": "The user may not see this account's data: check the account id and the user's role.",
  "10000079": "The account's type does not include this call: ask the carrier for API access.",
  "10000080": "API access is forbidden: ask the carrier to allow it.",
  "10002119": "The date asked for lies in the carrier's future: check this machine's clock.",
};

export const mendOf = (code: string | undefined): string =>
  (code === undefined ? undefined : MENDS[code]) ??
  "Look the code up with the carrier, and check what was asked for.";
