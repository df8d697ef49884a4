import type { CertificateSettings } from "./certificate.ts";
import type { ExactFleet } from "./exact-fleet.ts";
import type { ExactTariff } from "./exact-tariff.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";

/** How many SIMs of the bill may be on each plan, and how many may change. undefined for no limit. */
export interface Limits {
  readonly plans: readonly { readonly min: bigint; readonly max: bigint | undefined }[];
  readonly maxChanges: bigint | undefined;
}

export function limitsOf(tariff: ExactTariff, settings: CertificateSettings): Limits {
  return {
    plans: tariff.plans.map((plan) => ({ min: plan.minDevices, max: plan.maxDevices })),
    maxChanges: settings.maxChanges,
  };
}

/** Gives a reason for each limit that an assignment of the SIMs in the bill breaks. O(rows + plans). */
export function checkLimits(fleet: ExactFleet, limits: Limits, planOf: Uint16Array, reasons: Reasons): void {
  const devices = new Float64Array(fleet.plans.length);
  let changes = 0;
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row)) continue;
    const plan = planOf[row] as number;
    devices[plan] = (devices[plan] as number) + 1;
    if (plan !== fleet.current[row]) changes++;
  }
  limits.plans.forEach(({ min, max }, plan) => {
    const got = devices[plan] as number;
    const code = fleet.plans[plan]?.code ?? "";
    if (BigInt(got) < min) reasons.add(`Plan ${quoted(code)} has ${got} SIMs; its min_devices is ${min}.`);
    if (max !== undefined && BigInt(got) > max)
      reasons.add(`Plan ${quoted(code)} has ${got} SIMs; its max_devices is ${max}.`);
  });
  if (limits.maxChanges !== undefined && BigInt(changes) > limits.maxChanges) {
    reasons.add(`${changes} SIMs change their plan; settings.max_changes is ${limits.maxChanges}.`);
  }
}
