import type { Breadth } from "./descend.ts";
import { descend } from "./descend.ts";
import type { DualResult } from "./dual.ts";
import { LocalSearch } from "./improve.ts";
import type { Incumbent } from "./incumbent.ts";
import type { Instance } from "./instance.ts";
import type { Items } from "./items.ts";
import { seededRandom } from "./random.ts";
import { stateOf } from "./search-state.ts";

/** Above this many items the search narrows to the most promising ones, and looks anew after some kicks. */
const FOCUS_FROM = 1_500;
const FOCUS_PER_STRATUM = 30;
const KICKS_PER_FOCUS = 40;

/** Moves that a kick takes at most. */
const KICK = 5;
/** Share of the excess by which a descent may end dearer and be kept, at the start; it falls to 0 with the work. */
const HEAT = 0.15;

/** For fleets whose SIMs are all items: many quick descents. */
export const NARROW: Breadth = { sweeps: 12, moves: 250, perStratum: 5 };
/** For the near ties of a large fleet: few thorough ones. */
export const WIDE: Breadth = { sweeps: 60, moves: 1500, perStratum: 6 };

/**
 * Iterated local search: kicks the best choice by a few moves of little regret, descends by single and paired moves,
 * and keeps what is no worse, or a little worse while it is early. Seeded, so that the same problem gives the same result.
 */
export function iterate(
  instance: Instance,
  items: Items,
  dual: DualResult,
  incumbent: Incumbent,
  options: {
    readonly breadth: Breadth;
    readonly work: number;
    readonly stop: () => boolean;
    readonly done: () => boolean;
  },
): void {
  if (incumbent.choice === undefined) return;
  const random = seededRandom(0x5eed);
  const state = stateOf(instance, items, incumbent.choice);
  const search = new LocalSearch(instance, items, dual.prices, state, incumbent.breach);
  const { breadth } = options;
  let held = descend(search, breadth);
  let least = held;
  const narrow = items.count > FOCUS_FROM;
  incumbent.offer(state);
  const taken = Int32Array.from(state.taken);
  for (let round = 0; search.work < options.work && !options.stop() && !options.done(); round++) {
    if (narrow && round % KICKS_PER_FOCUS === 0) search.focus(FOCUS_PER_STRATUM);
    const moves = search.candidates(breadth.moves, breadth.perStratum);
    if (moves.count < 2) return;
    const kicks = 1 + Math.floor(random() * KICK);
    for (let kick = 0; kick < kicks; kick++)
      search.applyMove(moves, Math.floor(random() * random() * moves.count));
    const reached = descend(search, breadth);
    const heat = HEAT * held * (1 - search.work / options.work);
    if (reached <= held + heat + 1e-6) {
      if (reached < least - 1e-6) {
        incumbent.offer(state);
        least = reached;
      }
      held = reached;
      taken.set(state.taken);
    } else search.restore(taken);
  }
}
