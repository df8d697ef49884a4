import type { Eligibility, Tariff } from "../../billing/rate-plan.ts";
import type { InputFile, InputSource } from "./input-source.ts";

/**
 * Reads which plans each communication plan may carry.
 * @throws PoolwiseError `file-unreadable` or `input-invalid`.
 */
export async function readEligibility(
  source: InputSource,
  tariff: Tariff,
): Promise<{ readonly eligibility: NonNullable<Eligibility>; readonly file: InputFile }> {
  throw new Error(`not yet: ${String(source)} ${tariff.currency}`);
}
