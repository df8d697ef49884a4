import { PoolwiseError } from "../../billing/errors.ts";
import type { SyncCursor } from "./sync-cursor.ts";

/*
 * A SIM that changes its plan may take its row out of the old plan's list, or to its end: the rows behind it move up,
 * and one may slip from a page not yet read onto one that was. So a plan that SIMs left while its usage was read is read
 * once more: what is read again replaces itself, what had slipped is added.
 */

const MOST_READINGS = 5;

type Moves = SyncCursor["moved"];

/** Of SIMs that the carrier tells of as changed: those whose plan is another than before. */
export function newMoves(
  moved: Moves,
  rows: readonly { readonly iccid: string; readonly was: string; readonly plan: string }[],
): Moves {
  const nowOn = new Map(moved.map(({ iccid, to }) => [iccid, to]));
  return rows.flatMap(({ iccid, was, plan }) => {
    const from = nowOn.get(iccid) ?? was;
    return from === plan ? [] : [{ iccid, from, to: plan }];
  });
}

/**
 * Goes on to read again the plans that SIMs left since their usage was begun to be read; where there are none, to what is
 * asked for alone. @throws PoolwiseError `sync-incomplete` where SIMs leave plans each time.
 */
export function readLeftPlansAgain(cursor: SyncCursor): SyncCursor {
  const { moved, movesSeen, plans, unserved, readAgain } = cursor;
  const left = new Set(moved.slice(movesSeen).map(({ from }) => from));
  const again = plans.flatMap(({ name }, plan) =>
    left.has(name) && !unserved.includes(name) && (readAgain.at(-1)?.includes(plan) ?? true) ? [plan] : [],
  );
  if (again.length === 0) return { ...cursor, phase: "ask", at: undefined };
  if (readAgain.length >= MOST_READINGS)
    throw new PoolwiseError(
      "sync-incomplete",
      `SIMs changed their rate plan each time that the usage of their plans was read (${readAgain.length + 1} times), so the usage of others may have been missed. Start again when fewer SIMs are being changed.`,
      { data: { plans: again.map((plan) => plans[plan]?.name ?? "") } },
    );
  return {
    ...cursor,
    phase: "usage",
    at: undefined,
    open: again.map((plan) => ({ plan })),
    plan: plans.length,
    movesSeen: moved.length,
    readAgain: [...readAgain, again],
  };
}
