import { PoolwiseError, faultText } from "../../../billing/errors.ts";

/** What one look found. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly status: "ok" | "warn" | "fail";
  readonly found: string;
  /** How to mend it; only where it is not ok. */
  readonly mend?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, status: "ok", found });
export const warn = (check: string, found: string, mend: string): Finding => ({
  check,
  status: "warn",
  found,
  mend,
});
export const fail = (check: string, found: string, mend: string): Finding => ({
  check,
  status: "fail",
  found,
  mend,
});

/** What a look finds, whatever it meets; an error is a finding too. */
export async function look(
  check: string,
  work: () => Promise<readonly Finding[]>,
  mend = "See what stands above; run it again with --debug for more.",
): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    return [failed(check, error, mend)];
  }
}

/** An error as a finding: those of Poolwise say themselves how to mend what they name. */
export function failed(check: string, error: unknown, mend: string): Finding {
  if (!(error instanceof PoolwiseError)) return fail(check, textOf(error), mend);
  const faults = error.faults.map(faultText);
  return fail(check, [error.message, ...faults].join(" "), mend);
}

export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, " ").slice(0, 500);
}
