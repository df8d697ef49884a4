export const STATUSES = [
  "ACTIVATED",
  "TEST_READY",
  "ACTIVATION_READY",
  "INVENTORY",
  "DEACTIVATED",
  "RETIRED",
  "PURGED",
  "REPLACED",
] as const;

export type Status = (typeof STATUSES)[number];

export function isStatus(text: string): text is Status {
  return (STATUSES as readonly string[]).includes(text);
}

export function statusCode(status: Status): number {
  return STATUSES.indexOf(status);
}

export function statusOf(code: number): Status {
  return STATUSES[code] ?? "INVENTORY";
}

const IN_SERVICE: readonly Status[] = ["ACTIVATED", "TEST_READY"];
const PRE_ACTIVATION: readonly Status[] = ["TEST_READY", "ACTIVATION_READY", "INVENTORY"];
const FINAL: readonly Status[] = ["PURGED", "REPLACED"];

export function carriesTraffic(status: Status): boolean {
  return IN_SERVICE.includes(status);
}

export function isPreActivation(status: Status): boolean {
  return PRE_ACTIVATION.includes(status);
}

export function isFinal(status: Status): boolean {
  return FINAL.includes(status);
}
