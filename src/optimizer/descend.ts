import type { LocalSearch } from "./improve.ts";

/** How wide a search looks: most pair sweeps, most candidate moves in one, and most from one stratum of them. */
export interface Breadth {
  readonly sweeps: number;
  readonly moves: number;
  readonly perStratum: number;
}

/** Single and paired moves until neither wins. @returns micros above L at the search's prices. */
export function descend(search: LocalSearch, { sweeps, moves, perStratum }: Breadth): number {
  search.singles();
  for (let sweep = 0; sweep < sweeps; sweep++) {
    if (search.pairs(search.candidates(moves, perStratum)) <= 0) break;
    search.singles();
  }
  return search.excess();
}
