import type { DualResult } from "./dual.ts";
import { LocalSearch } from "./improve.ts";
import type { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { seededRandom } from "./random.ts";
import { stateOf } from "./search-state.ts";

/** Most candidate moves in a pair sweep, and from one stratum. */
const MOVES = 250;
const PER_STRATUM = 5;
const KICK = 5;

/**
 * Iterated local search: kicks the best choice by a few moves of little regret, descends by single and paired moves,
 * and keeps what is no worse. Seeded, so that the same problem gives the same result.
 */
export function iterate(
  instance: Instance,
  items: Items,
  dual: DualResult,
  incumbent: Incumbent,
  options: { readonly work: number; readonly stop: () => boolean; readonly done: () => boolean },
): void {
  if (incumbent.choice === undefined) return;
  const random = seededRandom(0x5eed);
  const state = stateOf(instance, items, incumbent.choice);
  const search = new LocalSearch(instance, items, dual.prices, state, incumbent.breach);
  let held = descend(search);
  incumbent.offer(state);
  const taken = Int32Array.from(state.taken);
  while (search.work < options.work && !options.stop() && !options.done()) {
    const moves = search.candidates(MOVES, PER_STRATUM);
    if (moves.count < 2) return;
    search.work += items.plan.length + moves.count;
    const kicks = 1 + Math.floor(random() * KICK);
    for (let kick = 0; kick < kicks; kick++) search.applyMove(moves, Math.floor(random() * random() * moves.count));
    const reached = descend(search);
    if (reached <= held + 1e-6) {
      if (reached < held - 1e-6) incumbent.offer(state);
      held = reached;
      taken.set(state.taken);
    } else search.restore(taken);
  }
}

/** Single and paired moves until neither wins. @returns micros above L at the search's prices. */
function descend(search: LocalSearch): number {
  search.singles();
  for (let sweep = 0; sweep < 12; sweep++) {
    if (search.pairs(search.candidates(MOVES, PER_STRATUM)) <= 0) break;
    search.singles();
  }
  return search.excess();
}
