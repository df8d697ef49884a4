const MOST = 16;

/**
 * How many pages to ask for together, where so many calls may be under way. More than that: the pace sends the next
 * while the slowest is still awaited.
 */
export function pagesAtOnce(concurrency: number): number {
  return concurrency === 1 ? 1 : Math.min(2 * concurrency, MOST);
}
