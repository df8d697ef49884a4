import type { DictionaryColumn, Fleet } from "../src/billing/fleet.ts";
import type { Random } from "../src/optimizer/random.ts";
import { seededRandom } from "../src/optimizer/random.ts";

/** The benchmark's own instances; other seeds show whether it was solved by chance. */
const SEED = 20260601;

export interface FleetTraits {
  /** Bytes of a SIM. */
  readonly usage: (random: Random, sim: number) => number;
  /** Plan indices each communication plan may carry; a SIM's communication plan is drawn evenly. */
  readonly carries: readonly (readonly number[])[];
  /** Names of the tax locations; drawn evenly. */
  readonly locations?: readonly string[];
  /** Plan a SIM is on today, of those its communication plan carries; drawn evenly unless said. */
  readonly current?: (options: readonly number[], random: Random) => number;
}

/** A fleet in typed arrays, 26 bytes a SIM. */
export function buildFleet(size: number, traits: FleetTraits, seed = SEED): Fleet {
  const random = seededRandom(seed);
  const usageBytes = new Float64Array(size);
  const ratePlan = new Uint16Array(size);
  const communicationPlans = new Uint16Array(size);
  const locations = new Uint16Array(size);
  const names = traits.locations ?? [""];
  for (let sim = 0; sim < size; sim++) {
    usageBytes[sim] = traits.usage(random, sim);
    communicationPlans[sim] = Math.floor(random() * traits.carries.length);
    locations[sim] = Math.floor(random() * names.length);
    const options = traits.carries[communicationPlans[sim] as number] as readonly number[];
    ratePlan[sim] = (traits.current ?? drawEvenly)(options, random);
  }
  return {
    size,
    iccid: (sim) => (8_999_992_000_000_000_000n + BigInt(sim)).toString(),
    usageBytes,
    ratePlan,
    communicationPlan: { codes: communicationPlans, values: traits.carries.map((_, c) => `CP${c}`) },
    status: same(size),
    location: { codes: locations, values: names },
    activeDays: new Int16Array(size).fill(-1),
    locked: new Uint8Array(size),
    switchCost: undefined,
  };
}

function drawEvenly(options: readonly number[], random: Random): number {
  return options[Math.floor(random() * options.length)] as number;
}

function same(size: number): DictionaryColumn {
  return { codes: new Uint16Array(size), values: [""] };
}
