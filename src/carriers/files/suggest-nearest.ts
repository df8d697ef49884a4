const MAX_CANDIDATES = 2_000;

/** `Did you mean "…"?` for the candidate that a slip of the pen is most likely to have come from; "" where none is near. */
export function suggestNearest(text: string, candidates: Iterable<string>): string {
  const wanted = text.toLowerCase();
  const farthest = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  let best = { candidate: "", distance: farthest + 1 };
  let looked = 0;
  for (const candidate of candidates) {
    if (looked++ > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - wanted.length) >= best.distance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < best.distance) best = { candidate, distance };
  }
  return best.candidate === "" ? "" : ` Did you mean "${best.candidate}"?`;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
