/** Where a session's objects stand. */
export const reportKeys = (sessionId: string): string => `sessions/${sessionId}/`;
export const inputKeys = (sessionId: string): string => `sessions/${sessionId}/inputs/`;

/** The input files of a session by input name; those that a session has no use for are not there. */
export const INPUT_FILES = {
  devices: "devices.csv",
  plans: "plans.csv",
  eligibility: "eligibility.csv",
  pools: "pools.csv",
  taxes: "taxes.csv",
} as const;

export type InputName = keyof typeof INPUT_FILES;
