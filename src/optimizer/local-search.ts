import type { Breadth } from "./descend.ts";
import { descend } from "./descend.ts";
import type { DualResult } from "./dual.ts";
import { Exchange } from "./exchange.ts";
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
/** SIMs that exchanges look at, of each pair of plans: so many of least regret, and as many drawn. */
const FOCUS_PER_PAIR = 10;

/** Moves that a kick takes at most. */
const KICK = 5;
/** Share of the excess by which a descent may end dearer and be kept, at the start; it falls to 0 with the work. */
const HEAT = 0.15;
const EXCHANGE_HEAT = 0.05;

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

/**
 * Iterated local search by exchanges, for fleets whose SIMs are all items: kicks, descends, keeps as `iterate` does, with
 * fewer moves looked at and all of the pairs that can win among them.
 */
export function exchange(
  instance: Instance,
  items: Items,
  prices: Float64Array,
  incumbent: Incumbent,
  options: { readonly work: number; readonly stop: () => boolean; readonly done: () => boolean },
): void {
  if (incumbent.choice === undefined) return;
  const random = seededRandom(0x5eed);
  const state = stateOf(instance, items, incumbent.choice);
  const search = new Exchange(instance, items, prices, state, incumbent.breach);
  let held = search.excess();
  let least = held;
  for (let round = 0; search.work < options.work && !options.stop() && !options.done(); round++) {
    if (round % KICKS_PER_FOCUS === 0)
      search.focus({ perPair: FOCUS_PER_PAIR, reach: Math.max(held / 2, 1) }, random);
    if (round > 0 && !search.kick(random, KICK)) return;
    search.descend();
    const reached = search.excess();
    const heat = EXCHANGE_HEAT * held * (1 - search.work / options.work);
    if (reached > held + heat + 1e-6) {
      search.undo();
      continue;
    }
    search.keep();
    held = reached;
    if (reached >= least - 1e-6) continue;
    least = reached;
    incumbent.offer(state);
  }
}
