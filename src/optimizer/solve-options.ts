export interface SolveOptions {
  /** Told now and then how far it is: micros of the best assignment (Infinity while there is none) and of the bound. */
  readonly onProgress?: (stage: string, best: number, bound: number) => void;
  /** Asked now and then; true ends the search with the best so far. */
  readonly shouldStop?: () => boolean;
  /** Multiplies the work spent on searching and proving; 1 unless said. */
  readonly effort?: number;
}
