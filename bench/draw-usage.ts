import type { Random } from "../src/optimizer/random.ts";
import { BYTES_PER_MB } from "../src/billing/units.ts";

/** A part of a fleet with lognormal usage: its median in MB and the σ of its logarithm. */
interface Kind {
  readonly share: number;
  readonly medianMb: number;
  readonly sigma: number;
}

const SILENT = 0.05;
/** Mean 0.6 MB at σ 1 is a median of 0.6 · e^(−1/2). */
const METERS = { medianMb: 0.6 * Math.exp(-0.5), sigma: 1 };
const TRACKERS = { medianMb: 5, sigma: 0.5 };
const ROUTERS = { medianMb: 30, sigma: 1.24 };
const CAMERAS = { medianMb: 1024, sigma: 1.24 };

/** Shares among the SIMs that are not silent. */
export const LIGHT: readonly Kind[] = [
  { share: 0.6, ...METERS },
  { share: 0.3, ...TRACKERS },
  { share: 0.1, ...ROUTERS },
];
export const WITH_CAMERAS: readonly Kind[] = [
  { share: 0.6, ...METERS },
  { share: 0.25, ...TRACKERS },
  { share: 0.12, ...ROUTERS },
  { share: 0.03, ...CAMERAS },
];

/** Bytes of one SIM in the cycle. */
export function drawUsage(random: Random, kinds: readonly Kind[]): number {
  if (random() < SILENT) return 0;
  let at = random();
  const kind = kinds.find(({ share }) => (at -= share) < 0) ?? kinds[kinds.length - 1];
  if (kind === undefined) return 0;
  return Math.round(kind.medianMb * Math.exp(kind.sigma * drawNormal(random)) * BYTES_PER_MB);
}

function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
