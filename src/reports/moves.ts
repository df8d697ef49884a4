import { costAfter, costBefore } from "./reasons/ground.ts";
import type { ReportedRun } from "./reported-run.ts";

/** All SIMs that go from one plan to another. Money in micros. */
export interface Move {
  /** Plan indices. */
  readonly from: number;
  readonly to: number;
  readonly devices: number;
  /** What their lines save together, pool shares included; below zero where they get dearer. */
  readonly saving: number;
}

export interface Moves {
  /** Largest saving first. */
  readonly byPlan: readonly Move[];
  /** Rows of the fleet with the largest savings, largest first, at most `LARGEST_SAVINGS`. */
  readonly largest: readonly number[];
  /** Moved SIMs whose own line gets dearer, and by how much together. */
  readonly dearer: { readonly devices: number; readonly extra: number };
}

export const LARGEST_SAVINGS = 10;
const PLAN_SPAN = 65_536;

/** Sums the moves of a run by plan and picks the SIMs that save most. O(SIMs). */
export function gatherMoves(run: ReportedRun): Moves {
  const { fleet, recommended } = run;
  const byPlan = new Map<number, { devices: number; saving: number }>();
  const largest: { row: number; saving: number }[] = [];
  const dearer = { devices: 0, extra: 0 };
  for (let row = 0; row < fleet.size; row++) {
    const from = fleet.ratePlan[row] as number;
    const to = recommended[row] as number;
    if (from === to) continue;
    const saving = costBefore(run, row) - costAfter(run, row);
    addMove(byPlan, from * PLAN_SPAN + to, saving);
    if (saving < 0) {
      dearer.devices++;
      dearer.extra -= saving;
    }
    keepLargest(largest, row, saving);
  }
  const moves = [...byPlan].map(([key, move]): Move => ({
    from: Math.floor(key / PLAN_SPAN),
    to: key % PLAN_SPAN,
    ...move,
  }));
  moves.sort((a, b) => b.saving - a.saving || b.devices - a.devices || a.from - b.from || a.to - b.to);
  return { byPlan: moves, largest: largest.map(({ row }) => row), dearer };
}

function addMove(
  byPlan: Map<number, { devices: number; saving: number }>,
  key: number,
  saving: number,
): void {
  const move = byPlan.get(key);
  if (move === undefined) {
    byPlan.set(key, { devices: 1, saving });
    return;
  }
  move.devices++;
  move.saving += saving;
}

/** Keeps `largest` sorted; among equals the earlier row stays ahead. */
function keepLargest(largest: { row: number; saving: number }[], row: number, saving: number): void {
  if (saving <= 0) return;
  const last = largest[LARGEST_SAVINGS - 1];
  if (last !== undefined && saving <= last.saving) return;
  let place = largest.length;
  while (place > 0 && (largest[place - 1]?.saving ?? 0) < saving) place--;
  largest.splice(place, 0, { row, saving });
  if (largest.length > LARGEST_SAVINGS) largest.pop();
}
