import type { Random } from "./random.ts";

/** A kind of device: how common it is, what it uses in a cycle, and the plans that a hurried person puts it on. */
export interface DeviceKind {
  readonly share: number;
  readonly communicationPlan: string;
  readonly costCentres: readonly string[];
  /** MB in a whole cycle. */
  readonly usageMb: (random: Random) => number;
  /** Firmware day: this share of the kind, all in one cohort, downloads this many MB more. */
  readonly firmware: { readonly share: number; readonly mb: number };
  readonly plans: readonly { readonly code: string; readonly share: number }[];
}

/** Lognormal by its median. */
const spread = (median: number, sigma: number) => (random: Random) =>
  median * Math.exp(sigma * random.normal());

/** Lognormal by its mean. */
const spreadAround = (mean: number, sigma: number) => spread(mean * Math.exp((-sigma * sigma) / 2), sigma);

const DAYS = 30;

/**
 * An assumption, not a measurement: meters and sensors by published means, hard-wired trackers at 5 to 10 MB a month,
 * routers and cameras with a heavy tail.
 */
export const DEVICE_KINDS: readonly DeviceKind[] = [
  {
    share: 0.6,
    communicationPlan: "LTE-M metering",
    costCentres: ["Metering North", "Metering South", "Metering West"],
    usageMb: spreadAround(0.6, 1),
    firmware: { share: 0.06, mb: 1.75 },
    plans: [
      { code: "M2M 1MB", share: 0.72 },
      { code: "M2M 5MB", share: 0.13 },
      { code: "Capped 2MB", share: 0.08 },
      { code: "Legacy 10MB", share: 0.07 },
    ],
  },
  {
    share: 0.25,
    communicationPlan: "LTE-M tracking",
    costCentres: ["Fleet", "Containers"],
    usageMb: (random) => (5 + 5 * random.uniform()) * (random.uniform() < 0.11 ? random.uniform() : 1),
    firmware: { share: 0.05, mb: 6.5 },
    plans: [
      { code: "M2M 5MB", share: 0.56 },
      { code: "M2M 25MB", share: 0.32 },
      { code: "Legacy 10MB", share: 0.12 },
    ],
  },
  {
    share: 0.12,
    communicationPlan: "4G data",
    costCentres: ["Retail kiosks", "Branch routers"],
    usageMb: spread(30, 1.24),
    firmware: { share: 0.08, mb: 42 },
    plans: [
      { code: "Data 100MB", share: 0.86 },
      { code: "Data 500MB", share: 0.11 },
      { code: "Data 2GB", share: 0.03 },
    ],
  },
  {
    share: 0.03,
    communicationPlan: "4G video",
    costCentres: ["Site security"],
    usageMb: spread(1024, 1.24),
    firmware: { share: 0.05, mb: 180 },
    plans: [
      { code: "Data 2GB", share: 0.6 },
      { code: "Video 5GB", share: 0.12 },
      { code: "Video shared", share: 0.18 },
      { code: "Video unlimited", share: 0.1 },
    ],
  },
];

/** Picks by share; the last takes what is left. */
export function pick<Choice extends { readonly share: number }>(
  choices: readonly Choice[],
  point: number,
): Choice {
  let left = point;
  for (const choice of choices) {
    left -= choice.share;
    if (left < 0) return choice;
  }
  const last = choices.at(-1);
  if (last === undefined) throw new RangeError("nothing to pick from");
  return last;
}

/** Whole days from 1 to one less than the cycle. */
export function partOfCycle(random: Random): number {
  return 1 + Math.floor(random.uniform() * (DAYS - 1));
}

export const CYCLE_DAYS = DAYS;
