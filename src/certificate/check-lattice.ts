import { GRAINS_PER_MICRO, MICRO_PLACES, decimalText } from "./exact.ts";
import { blocksCharge } from "./exact-rating.ts";
import type { ExactFleet, Options } from "./exact-fleet.ts";
import { chargesWholeMicros } from "./pool-term.ts";
import type { Reasons } from "./reasons.ts";
import { quoted } from "./reasons.ts";

/**
 * Gives the first reason why bill + penalties need not be a multiple of `lattice` micros. O(rows · plans); nothing to
 * do for 1 micro, of which every amount is a multiple.
 */
export function checkLattice(fleet: ExactFleet, lattice: bigint, reasons: Reasons): void {
  if (lattice === 1n) return;
  const claim = `lattice is ${decimalText(lattice, MICRO_PLACES)}, but`;
  for (const pool of fleet.pools) {
    if (!chargesWholeMicros(pool)) {
      reasons.add(
        `${claim} a block of pool ${quoted(pool.name)} with its tax is not a whole number of micros.`,
      );
      return;
    }
    const { overage, tax } = blocksCharge(pool, 1n);
    const amounts: [string, bigint][] = [
      ["a block with its tax", overage + tax],
      ["the fixed charge", pool.fixed?.charge ?? 0n],
    ];
    for (const [name, amount] of amounts) {
      if (amount % lattice === 0n) continue;
      reasons.add(`${claim} ${name} of pool ${quoted(pool.name)} is ${decimalText(amount, MICRO_PLACES)}.`);
      return;
    }
  }
  const misfit = findMisfit(fleet, lattice);
  if (misfit !== undefined) reasons.add(`${claim} ${misfit}.`);
}

function findMisfit(fleet: ExactFleet, lattice: bigint): string | undefined {
  const step = lattice * GRAINS_PER_MICRO;
  for (let row = 0; row < fleet.size; row++) {
    if (!fleet.inBill(row)) continue;
    const options = fleet.options(row);
    for (let k = 0; k < options.count; k++) {
      if ((options.own[k] as bigint) % step !== 0n) return ownMisfit(fleet, row, options, k);
    }
    if (options.count > 1 && fleet.penalty(row) % lattice !== 0n) {
      return `a change of SIM ${fleet.iccid(row)} counts ${decimalText(fleet.penalty(row), MICRO_PLACES)}`;
    }
  }
  return undefined;
}

function ownMisfit(fleet: ExactFleet, row: number, options: Options, k: number): string {
  const cost = decimalText((options.own[k] as bigint) / GRAINS_PER_MICRO, MICRO_PLACES);
  return `SIM ${fleet.iccid(row)} costs ${cost} on plan ${quoted(fleet.plans[options.plan[k] as number]?.code ?? "")}`;
}
